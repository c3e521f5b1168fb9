/** States of a connection in the kernel's tables: established, and closed by the other side but not by this one. */
const open = ["01", "08"];

/** Loopback, as the tables write it in IPv4, in IPv6, and as IPv4 in IPv6. */
const loopback = /^(0100007F|00000000000000000000000001000000|0000000000000000FFFF00000100007F):/;

/** How many others are connected to a port, from the text of /proc/net/tcp and tcp6. */
export function openConnections(tables: string, port: number): number {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return tables.split("\n").filter((line) => {
    const [, local = "", remote = "", state = ""] = line.trim().split(/\s+/);
    return local.endsWith(suffix) && open.includes(state) && !loopback.test(remote);
  }).length;
}
