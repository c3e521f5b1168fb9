import { cpuLimit } from "../support/units.ts";

/** CPUs of a container. */
export interface CpuLimits {
  /** CPU limit, 0 for none. */
  readonly cpus: number;
  /** Weight against other containers when CPUs are short; Docker takes 1024 where none is written. */
  readonly cpuShares: number;
}

/** The slice of container arguments that limits CPUs. */
export function cpuArgs({ cpus, cpuShares }: CpuLimits) {
  return { ...(cpus > 0 ? { cpus: cpuLimit(cpus) } : {}), cpuShares };
}
