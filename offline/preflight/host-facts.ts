import { readFile } from "node:fs/promises";
import { memoryIn } from "../../support/meminfo.ts";
import { softly } from "./ask.ts";

/** What the machine is, without Docker; null is unknown. */
export interface HostFacts {
  /** As Node names it, `linux`. */
  readonly platform: string;
  /** As Node names it, `x64`. */
  readonly architecture: string;
  /** Flags of the first CPU. */
  readonly cpuFlags: readonly string[] | null;
  /** Bytes of memory. */
  readonly memoryTotal: number | null;
  /** Bytes that programs can take before the kernel has to swap. */
  readonly memoryAvailable: number | null;
  /** The host's time, ISO. */
  readonly now: string;
}

/** Looks at the machine. */
export async function gatherHost(): Promise<HostFacts> {
  const [cpuinfo, meminfo] = await Promise.all(
    ["/proc/cpuinfo", "/proc/meminfo"].map((path) => softly(readFile(path, "utf8"))),
  );
  return {
    platform: process.platform,
    architecture: process.arch,
    cpuFlags: cpuFlagsIn(cpuinfo ?? ""),
    memoryTotal: memoryIn(meminfo ?? "", "MemTotal"),
    memoryAvailable: memoryIn(meminfo ?? "", "MemAvailable"),
    now: new Date().toISOString(),
  };
}

/** The first CPU's flags in the text of /proc/cpuinfo. */
export function cpuFlagsIn(cpuinfo: string): readonly string[] | null {
  const flags = /^flags\s*:\s*(.+)$/m.exec(cpuinfo)?.[1];
  return flags === undefined ? null : flags.trim().split(/\s+/);
}
