/** Whether what listens on an address is reached on all addresses of its host. */
export function isEverywhere(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** An address or name as it stands before a port: one of IPv6 in brackets. */
export function hostPart(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
