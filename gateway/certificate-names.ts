import type { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { canonicalAddress, isEverywhere } from "../support/address.ts";
import { blocking, type Finding } from "./finding.ts";

/** By which names clients call a gateway. */
export interface CalledBy {
  /** Those of the key `gateway.hosts`. */
  readonly hosts: readonly string[];
  /** Where the gateway is published; of packages from before it was told, undefined. */
  readonly address: string | undefined;
}

const thisHost = ["127.0.0.1", "::1", "localhost"];

/**
 * Whether clients that call a name take a certificate for it.
 *
 * They look at the alternative names alone; `*` stands for one label, the first and whole.
 */
export function namesHost(certificate: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return certificate.checkIP(name) !== undefined;
  return certificate.checkHost(name, { subject: "never", partialWildcards: false }) !== undefined;
}

/** Names and addresses that a certificate is for, addresses in one spelling. */
export function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").flatMap((entry) => {
    const [, kind, name = ""] = /^(DNS|IP Address):(.+)$/.exec(entry) ?? [];
    if (kind === "DNS") return [name.toLowerCase()];
    return isIP(name) === 0 ? [] : [canonicalAddress(name)];
  });
}

/** Whether a certificate is for all names by which clients call. */
export function nameFindings(file: string, certificate: X509Certificate, calledBy: CalledBy): Finding[] {
  const names = namesOf(certificate);
  if (names.length === 0)
    return [
      blocking(
        `${file} names no host: it has no alternative name (subjectAltName), and clients do not look at its common name`,
        `get one with the alternative names ${wanted(calledBy).join(", ") || "that clients call"}`,
      ),
    ];
  const missing = wanted(calledBy).filter((name) => !namesHost(certificate, name));
  if (missing.length === 0 || callsOnlyHere(calledBy, certificate)) return [];
  const found = `${file} is for ${names.join(", ")}, and not for ${missing.join(", ")}`;
  const renew = `get a certificate for ${missing.length === 1 ? "that name" : "those names"} too`;
  if (calledBy.hosts.length > 0)
    return [{ ...blocking(found, `${renew}, or take out of gateway.hosts what no client calls`), about: "hosts" }];
  return [blocking(found, `${renew}, or write into gateway.hosts the names that clients call`)];
}

/** Names that clients on other machines call; where there are none, those of this host. */
function wanted({ hosts, address }: CalledBy): readonly string[] {
  const listed = hosts.filter((name) => !thisHost.includes(name));
  if (listed.length > 0) return listed;
  if (address === undefined || isEverywhere(address)) return [];
  return thisHost.includes(address) || address.startsWith("127.") ? [...new Set([address, ...thisHost])] : [address];
}

/** A gateway for clients on this host alone needs only one of its names. */
function callsOnlyHere(calledBy: CalledBy, certificate: X509Certificate): boolean {
  const names = wanted(calledBy);
  return names.includes("localhost") && names.some((name) => namesHost(certificate, name));
}
