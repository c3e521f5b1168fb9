import { readFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { ask } from "../../offline/preflight/ask.ts";
import { spaceAt } from "../../offline/preflight/space-facts.ts";
import type { HostEvidence } from "./evidence.ts";

/**
 * Looks at the host.
 * @param folders - those whose disks are looked at
 */
export async function gatherHost(folders: readonly string[]): Promise<HostEvidence> {
  const [meminfo, spaces, clock] = await Promise.all([
    readFile("/proc/meminfo", "utf8").catch(() => ""),
    Promise.all(folders.map(spaceAt)),
    ask("timedatectl", "show", "--property=NTPSynchronized", "--value"),
  ]);
  const bytes = (name: string) => bytesIn(meminfo, name);
  const known = spaces.filter((space) => space !== null);
  return {
    cpus: availableParallelism(),
    load: loadavg()[0] ?? 0,
    memoryTotal: bytes("MemTotal"),
    memoryAvailable: bytes("MemAvailable"),
    swapTotal: bytes("SwapTotal"),
    swapFree: bytes("SwapFree"),
    // Folders of one disk are one finding.
    spaces: known.filter(({ device }, index) => known.findIndex((other) => other.device === device) === index),
    clockKept: clock.failure === null ? clock.text === "yes" : null,
  };
}

function bytesIn(meminfo: string, name: string): number | null {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(meminfo);
  return found === null ? null : Number(found[1]) * 1024;
}
