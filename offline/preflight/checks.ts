import type { Check, Needs } from "./check.ts";
import { clock, cpu, memory, platform, port } from "./host-checks.ts";
import { cpuLimits, docker, storageDriver } from "./docker-checks.ts";
import type { Facts } from "./facts.ts";
import { gpuChecks } from "./gpu-checks.ts";
import { certificateChecks } from "./certificate-check.ts";
import { space } from "./space-checks.ts";

export type { Check, Needs } from "./check.ts";

/** Compares what a host has with what the package and the stack need. */
export function checkHost(facts: Facts, needs: Needs): Check[] {
  return [
    platform(facts),
    docker(facts),
    storageDriver(facts),
    ...space(facts, needs),
    memory(facts, needs),
    cpu(facts),
    ...cpuLimits(facts, needs),
    port(facts, needs),
    ...gpuChecks(facts, needs),
    ...certificateChecks(facts, needs),
    clock(facts, needs),
  ];
}
