import type { GpuReservation } from "../../config/gpu-reservation.ts";
import type { GpuFacts } from "./facts.ts";
import { givingChecks } from "./gpu-checks.ts";

/** What Docker says about a GPU it cannot give on a host where nothing seems to be missing, and what to do about it. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /could not select device driver/,
    "the toolkit is there, and Docker, which looks for it as it starts, has not found it: restart Docker, with the toolkit on its PATH",
  ],
  [
    /use the NVIDIA Container Runtime/,
    "the toolkit's hook is set to a mode without --gpus: run `nvidia-ctk config --in-place --set nvidia-container-runtime.mode=auto`",
  ],
  [
    /unknown device|device error|unresolvable CDI/,
    "the host has fewer GPUs, or others: compare with `nvidia-smi -L`, and correct gpus",
  ],
  [/nvml error|driver/i, "the NVIDIA driver does not work: run `nvidia-smi`, and install or reload the driver"],
];

/**
 * What keeps Docker from giving a container GPUs, each with what to do about it.
 * @param reason - what Docker said
 */
export function gpuAdvice(facts: GpuFacts, gpus: GpuReservation, reason: string): readonly string[] {
  const missing = givingChecks(facts, gpus).flatMap(({ name, found, advice }) =>
    advice === null ? [] : [`${name}: ${found}: ${advice}`],
  );
  if (missing.length > 0) return missing;
  return [remedies.find(([pattern]) => pattern.test(reason))?.[1] ?? "correct gpus, or write none"];
}
