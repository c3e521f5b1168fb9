/** Names by which a gateway on an address may be called: those of the configuration, the address itself, and this host's own. */
export function allowedHosts(address: string, names: readonly string[]): string[] {
  const own = address === "0.0.0.0" || address === "::" ? [] : [address];
  return [...new Set([...names, ...own, "localhost", "127.0.0.1", "::1"])];
}
