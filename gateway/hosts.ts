import { hostPart, isEverywhere } from "../support/address.ts";

/** How a gateway is reached, as far as clients notice. */
export interface Reached {
  readonly address: string;
  readonly hosts: readonly string[];
  /** Whether its certificate is the organisation's, which has the names of the configuration alone. */
  readonly ownCertificate: boolean;
}

/** URL for clients, who are on other machines where a gateway is on all addresses, and compare the certificate's names. */
export function clientUrl(url: string, { address, hosts: [name], ownCertificate }: Reached): string {
  if (name === undefined || !(isEverywhere(address) || ownCertificate)) return url;
  return url.replace(/^(https?:\/\/)(\[[^\]]*\]|[^:]*)/, (_, scheme: string) => `${scheme}${hostPart(name)}`);
}

/** What containers call a gateway on their network, and the host that they run on. */
const fromContainers = ["gateway", "host.docker.internal"];

/**
 * Names by which a gateway on an address may be called: those of the configuration, the address itself, this host's own, and
 * those that containers call.
 */
export function allowedHosts(address: string, names: readonly string[]): string[] {
  const own = isEverywhere(address) ? [] : [address];
  return [...new Set([...names, ...own, "localhost", "127.0.0.1", "::1", ...fromContainers])];
}
