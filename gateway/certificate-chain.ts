import type { X509Certificate } from "node:crypto";
import { lifetime, dateOf, daysUntil, warningDays } from "./certificate-dates.ts";
import { blocking, warning, type Finding } from "./finding.ts";

/** Certificates from that of the gateway upwards, each issued by the next. */
export type Links = readonly [X509Certificate, ...X509Certificate[]];

/** Whom a certificate belongs to, as people say it: its common name, or all of its name. */
export function whose(name: string): string {
  return /^CN=(.+)$/m.exec(name)?.[1] ?? name.replaceAll("\n", ", ");
}

/** Whether a certificate is its own issuer, as those of roots are. */
export function selfSigned(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

function issued(certificate: X509Certificate, by: X509Certificate): boolean {
  return certificate.checkIssued(by) && certificate.verify(by.publicKey);
}

/** The chain of the first certificate, as far as the others and the roots that this host knows lead. */
export function linksOf(certificates: Links, roots: readonly X509Certificate[]): Links {
  const [first, ...others] = certificates;
  const links: [X509Certificate, ...X509Certificate[]] = [first];
  for (let last = first; !selfSigned(last);) {
    const next =
      others.find((other) => !links.includes(other) && issued(last, other)) ??
      roots.find((root) => root.subject === last.issuer && issued(last, root));
    if (next === undefined) break;
    links.push(next);
    last = next;
  }
  return links;
}

/** Whether clients that trust the chain's root get from the certificate to it. */
export function chainFindings(file: string, certificates: Links, links: Links, now: Date): Finding[] {
  return [
    ...order(file, certificates, links),
    ...end(file, certificates, links),
    ...links.slice(1).flatMap((link) => authority(file, link, now)),
  ];
}

function order(file: string, certificates: Links, links: Links): Finding[] {
  const used = certificates.filter((certificate) => links.includes(certificate));
  const ordered = links.filter((link) => certificates.includes(link));
  if (used.every((certificate, index) => certificate === ordered[index])) return [];
  const names = ordered.map(({ subject }) => whose(subject)).join(", ");
  return [
    warning(
      `the certificates in ${file} are not in their order, and some clients take them in no other`,
      `write them so that each is followed by its issuer's: ${names}`,
    ),
  ];
}

/** What publicly trusted authorities put into certificates, which roots never issue themselves: their policies, and logged times. */
const publicMarks = ["67810c01", "2b06010401d679020402"].map((hex) => Buffer.from(hex, "hex"));

function end(file: string, certificates: Links, links: Links): Finding[] {
  const last = links.at(-1) ?? links[0];
  const spare = certificates.filter((certificate) => !links.includes(certificate));
  if (selfSigned(last)) return unneeded(file, spare);
  const issuer = whose(last.issuer);
  const append = `append the certificate of ${issuer} to ${file}, and those between it and the root`;
  const namesake = spare.find(({ subject }) => subject === last.issuer);
  if (namesake !== undefined)
    return [
      blocking(
        `the certificate of ${issuer} in ${file} has not signed that of ${whose(last.subject)}: it is another one of the same name`,
        `put the right certificate of ${issuer} in its place`,
      ),
    ];
  const missing = `${file} lacks the certificate of ${issuer}, which has issued that of ${whose(last.subject)}`;
  const alone = links.length === 1;
  const marked = alone && publicMarks.some((mark) => last.raw.includes(mark));
  if (marked || spare.some((other) => alone || selfSigned(other))) return [blocking(missing, append)];
  if (!alone) return unneeded(file, spare);
  return [
    warning(
      `${missing}; clients take it only if ${issuer} is itself a root that they trust`,
      `${append}; a root may be appended too, and ends this warning`,
    ),
  ];
}

function unneeded(file: string, spare: readonly X509Certificate[]): Finding[] {
  if (spare.length === 0) return [];
  const names = spare.map(({ subject }) => whose(subject)).join(", ");
  return [warning(`${file} holds certificates that do not belong to its chain: ${names}`, "take them out of the file")];
}

/** Whether a certificate of the chain above the first can issue others, now. */
function authority(file: string, link: X509Certificate, now: Date): Finding[] {
  const name = `the certificate of ${whose(link.subject)}, in the chain of ${file},`;
  const replace = `get the current certificate of ${whose(link.subject)} and put it into the file in its place`;
  // Clients have a root themselves, and do not look at the one that they are sent.
  const refused = selfSigned(link) ? warning : blocking;
  if (!link.ca && !selfSigned(link))
    return [blocking(`${name} is not that of an authority`, "have the certificate issued by an authority")];
  if (link.validFromDate > now)
    return [refused(`${name} is valid only from ${dateOf(link.validFromDate)} on`, replace)];
  const days = daysUntil(link.validToDate, now);
  if (days >= warningDays) return [];
  return [(days < 0 ? refused : warning)(`${name} ${lifetime(link.validToDate, now)}`, replace)];
}
