/** One figure of the text of /proc/meminfo, in bytes; null when it has none. */
export function memoryIn(meminfo: string, name: "MemTotal" | "MemAvailable" | "SwapFree"): number | null {
  const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, "m").exec(meminfo)?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) * 1024;
}
