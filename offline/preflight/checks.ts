import type { Check, Needs } from "./check.ts";
import { clock, cpu, furtherPorts, memory, platform, port } from "./host-checks.ts";
import { cpuLimits, docker, storageDriver, watcher } from "./docker-checks.ts";
import type { Facts } from "./facts.ts";
import { boot, networks } from "./network-checks.ts";
import { gpuChecks } from "./gpu-checks.ts";
import { certificateChecks } from "./certificate-check.ts";
import type { Growth, MissingRoom } from "./room.ts";
import { space } from "./space-checks.ts";
import { spaceToGrow } from "./growth-check.ts";

export type { Check, Needs } from "./check.ts";

/** What a package needs beside what its manifest says. */
export interface Wanted {
  /** What of it is not on the host yet. */
  readonly missing: MissingRoom;
  /** What it may write in time; null when unknown. */
  readonly growth: Growth | null;
  /** Whether a container of it sees the host's processes. */
  readonly hostProcesses: boolean;
  /** What the service needs of the host's memory, bytes; null when unknown. */
  readonly memory: number | null;
}

/** Compares what a host has with what the package and the stack need. */
export function checkHost(facts: Facts, needs: Needs, wanted: Wanted): Check[] {
  return [
    platform(facts),
    docker(facts),
    storageDriver(facts),
    ...watcher(facts, wanted.hostProcesses),
    ...space(facts, wanted.missing),
    ...spaceToGrow(facts, wanted),
    memory(facts, needs, wanted.memory),
    cpu(facts),
    ...cpuLimits(facts, needs),
    port(facts, needs),
    ...furtherPorts(facts),
    ...networks(facts, needs),
    ...boot(facts, needs),
    ...gpuChecks(facts, needs),
    ...certificateChecks(facts, needs),
    clock(facts, needs),
  ];
}
