import { formatBytes } from "../support/units.ts";

/** A memory limit in bytes, 0 for none, and the memory of the host that it is for. */
export interface LimitOnHost {
  readonly limit: number;
  /** Bytes; undefined when unknown. */
  readonly total: number | undefined;
  /** Version of control groups that the engine tells, `1` or `2`; undefined when unknown. */
  readonly cgroupVersion: string | undefined;
}

/** A limit is a ceiling and takes no memory; one above the host's memory keeps nothing from running out of it. */
export function limitAboveHost({ limit, total }: LimitOnHost): string | undefined {
  if (total === undefined || limit <= total) return undefined;
  return (
    `the limit, ${formatBytes(limit)}, is more than the memory of this host, ${formatBytes(total)}, and does not protect it: ` +
    `write less than ${formatBytes(total)} to keep some for the system`
  );
}

/** Ollama reads its limit from cgroup v2 alone. */
export function limitUnseen({ limit, total, cgroupVersion }: LimitOnHost): string | undefined {
  if (cgroupVersion !== "1" || limit === 0 || (total !== undefined && limit >= total)) return undefined;
  const all = total === undefined ? "all of the host's memory" : `all ${formatBytes(total)} of the host's memory`;
  return (
    `under cgroup v1 Ollama reckons with ${all} and not with the limit, ${formatBytes(limit)}, beyond which the kernel ends it: ` +
    "start the host with cgroup v2 (systemd.unified_cgroup_hierarchy=1 on the kernel's command line), or keep to models and contexts that fit the limit"
  );
}
