import { once } from "node:events";
import { createServer, isIP } from "node:net";
import { isEverywhere } from "../support/address.ts";

/** `foreign`: the address is none of this host's; `forbidden`: it takes root to try. */
export type ListenState = "free" | "taken" | "foreign" | "forbidden" | "unknown";

const states: Readonly<Record<string, ListenState>> = {
  EADDRINUSE: "taken",
  EADDRNOTAVAIL: "foreign",
  // IPv6 is switched off on this host.
  EAFNOSUPPORT: "foreign",
  EACCES: "forbidden",
};

/** Whether an address and port can be listened on, port 0 for any free one. */
export async function tryListening(address: string, port: number): Promise<ListenState> {
  // A name would be asked of a DNS server.
  if (isIP(address) === 0) return "unknown";
  const server = createServer();
  try {
    server.listen({ host: address, port, exclusive: true, ipv6Only: true });
    await once(server, "listening");
    return "free";
  } catch (error) {
    return states[(error as NodeJS.ErrnoException).code ?? ""] ?? "unknown";
  } finally {
    server.close();
  }
}

/** Whether what is published on one address takes its port away from another. */
export function clashes(one: string, other: string): boolean {
  if (isIP(one) !== isIP(other)) return false;
  return one === other || isEverywhere(one) || isEverywhere(other);
}
