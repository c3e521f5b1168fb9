import { isIP } from "node:net";

/** Whether what listens on an address is reached on all addresses of its host. */
export function isEverywhere(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** An address or name as it stands before a port: one of IPv6 in brackets. */
export function hostPart(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** One spelling of each address, so that `::0` is known for the `::` that it is. */
export function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
