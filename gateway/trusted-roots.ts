import { X509Certificate } from "node:crypto";
import { getCACertificates } from "node:tls";

let known: readonly X509Certificate[] | undefined;

/** Roots that this host's system trusts, and those that every Node brings; one that cannot be read is left out. */
export function trustedRoots(): readonly X509Certificate[] {
  known ??= [...new Set([...getCACertificates("system"), ...getCACertificates("bundled")])].flatMap((pem) => {
    try {
      return [new X509Certificate(pem)];
    } catch {
      return [];
    }
  });
  return known;
}
