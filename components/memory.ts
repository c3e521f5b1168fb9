/** The slice of container arguments that limits memory; sizes in MiB, 0 for no limit. */
export interface MemoryLimits {
  /** Hard limit; the kernel ends a process that goes over it. */
  readonly memory: number;
  /** What the container keeps when the host runs short. */
  readonly memoryReservation: number;
  /** Size of /dev/shm. */
  readonly shmSize: number;
}

/** Memory arguments of a container, without swap beyond the limit. */
export function memoryArgs({ memory, memoryReservation, shmSize }: MemoryLimits) {
  return {
    // Docker sets swap to twice the limit when it is left out, which shows as a change in the next preview (moby/moby#39541).
    ...(memory > 0 ? { memory, memorySwap: memory } : {}),
    ...(memoryReservation > 0 ? { memoryReservation } : {}),
    shmSize,
  };
}
