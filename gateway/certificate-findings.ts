import type { KeyObject, X509Certificate } from "node:crypto";
import { chainFindings, linksOf, selfSigned, whose, type Links } from "./certificate-chain.ts";
import { daysUntil, lifetime, warningDays } from "./certificate-dates.ts";
import { nameFindings, type CalledBy } from "./certificate-names.ts";
import { blocking, warning, type Finding } from "./finding.ts";
import { weaknesses } from "./certificate-strength.ts";

/** What is judged. */
export interface Judged extends CalledBy {
  /** Name of the file with the certificates. */
  readonly file: string;
  readonly certificates: Links;
  /** Its key; undefined where it is not looked at. */
  readonly key: KeyObject | undefined;
  /** Name of its file. */
  readonly keyFile: string | undefined;
  /** Roots that this host trusts. */
  readonly roots: readonly X509Certificate[];
  readonly now: Date;
}

/** What keeps clients from taking a gateway's certificate, and what soon will; nothing for a good one. */
export function certificateFindings(judged: Judged): Finding[] {
  const { file, certificates, roots, now } = judged;
  const [own] = certificates;
  // Of another one's certificate there is nothing more to say.
  const foreign = keyFindings(judged);
  if (foreign.length > 0) return foreign;
  const links = linksOf(certificates, roots);
  return [
    ...validity(file, own, now),
    ...nameFindings(file, own, judged),
    ...purpose(file, own),
    ...chainFindings(file, certificates, links, now),
    ...weaknesses(file, links),
  ];
}

function keyFindings({ file, certificates, key, keyFile = "" }: Judged): Finding[] {
  if (key === undefined || certificates[0].checkPrivateKey(key)) return [];
  const owner = certificates.find((certificate) => certificate.checkPrivateKey(key));
  if (owner !== undefined)
    return [
      blocking(
        `the first certificate in ${file} is that of ${whose(certificates[0].subject)}, and the key is that of ${whose(owner.subject)}`,
        `write the certificate of ${whose(owner.subject)} first, and its issuers behind it`,
      ),
    ];
  const found = `${keyFile} is not the key of the certificate ${file}`;
  return [{ level: "blocking", about: "key", found, advice: "put the two there that belong together" }];
}

function validity(file: string, { validFromDate, validToDate }: X509Certificate, now: Date): Finding[] {
  const renew = "get a new certificate and put it there";
  if (validFromDate > now)
    return [
      blocking(
        `${file} is valid only from ${validFromDate.toISOString()} on, and this host's clock says ${now.toISOString()}`,
        "set the clock where it is wrong, or wait",
      ),
    ];
  const days = daysUntil(validToDate, now);
  if (days >= warningDays) return [];
  return [(days < 0 ? blocking : warning)(`${file} ${lifetime(validToDate, now)}`, renew)];
}

const serverAuth = "1.3.6.1.5.5.7.3.1";
const anyUsage = "2.5.29.37.0";

function purpose(file: string, certificate: X509Certificate): Finding[] {
  const usages = certificate.keyUsage as readonly string[] | undefined;
  if (usages !== undefined && !usages.includes(serverAuth) && !usages.includes(anyUsage))
    return [
      blocking(
        `${file} is not for servers: its extended key usage is ${usages.join(", ")}`,
        "get one for servers (serverAuth)",
      ),
    ];
  if (selfSigned(certificate))
    return [
      warning(
        `${file} is signed by itself, so that clients take it only if they were given this very certificate`,
        "give it to all clients, or get one from the organisation's authority",
      ),
    ];
  if (certificate.ca)
    return [
      blocking(
        `${file} is the certificate of an authority, ${whose(certificate.subject)}, which some clients do not take for a server's`,
        "have that authority issue a certificate for the gateway",
      ),
    ];
  return [];
}
