import type { StackConfig } from "../config/schema.ts";

/** Limits of a container's memory, MiB, 0 for none. */
export type MemoryLimits = Pick<StackConfig, "memory" | "memoryReservation" | "shmSize">;

/** Memory arguments of a container, without swap beyond the limit. */
export function memoryArgs({ memory, memoryReservation, shmSize }: MemoryLimits) {
  return {
    // Docker sets swap to twice the limit when it is left out, which shows as a change in the next preview (moby/moby#39541).
    ...(memory > 0 ? { memory, memorySwap: memory } : {}),
    ...(memoryReservation > 0 ? { memoryReservation } : {}),
    shmSize,
  };
}
