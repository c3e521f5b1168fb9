import { linksOf, type Links } from "../gateway/certificate-chain.ts";
import { lifetime } from "../gateway/certificate-dates.ts";
import { certificateFindings } from "../gateway/certificate-findings.ts";
import type { CalledBy } from "../gateway/certificate-names.ts";
import { examineCertificate } from "../gateway/examine-certificate.ts";
import { isBlocking, sentence, type Finding } from "../gateway/finding.ts";
import { shownCertificate } from "../gateway/shown-certificate.ts";
import { trustedRoots } from "../gateway/trusted-roots.ts";
import { Failure } from "../support/failure.ts";

/** A gateway with a certificate of the organisation. */
export interface Certified {
  readonly url: string;
  /** The certificate's file. */
  readonly file: string;
  readonly calledBy: CalledBy;
}

/**
 * Says how long the certificate lasts that a gateway shows, and what of it, or of its file, will be trouble.
 * @throws Failure that says why clients do not take it
 */
export async function checkCertificate({ url, file, calledBy }: Certified, now = new Date()): Promise<void> {
  // Whoever looks after the service need not be able to read the key.
  const inFile = await examineCertificate({ ...calledBy, certificate: file, key: undefined }, now);
  const shown = await shownCertificate(url);
  if (inFile.certificates !== undefined && isShown(inFile.certificates, shown)) {
    tell(shown, inFile.findings, now);
    return;
  }
  const name = `the certificate that the gateway shows at ${url}`;
  warn(
    inFile.certificates === undefined ? [] : [`The gateway shows another certificate than ${file} holds: run \`up\``],
  );
  warn(inFile.findings.map(sentence));
  const judged = { ...calledBy, file: name, certificates: shown, key: undefined, keyFile: undefined };
  tell(shown, certificateFindings({ ...judged, roots: trustedRoots(), now }), now);
}

/** Whether a gateway shows the certificate of a file, with all that leads to its root. */
function isShown(inFile: Links, shown: Links): boolean {
  const fingerprints = shown.map(({ fingerprint256 }) => fingerprint256);
  return (
    inFile[0].fingerprint256 === fingerprints[0] &&
    linksOf(inFile, []).every(({ fingerprint256 }) => fingerprints.includes(fingerprint256))
  );
}

function tell([own]: Links, findings: readonly Finding[], now: Date): void {
  const problems = findings.filter(isBlocking).map(sentence);
  if (problems.length > 0) throw new Failure(problems.join("\n"));
  process.stdout.write(`The certificate of the gateway ${lifetime(own.validToDate, now)}\n`);
  warn(findings.map(sentence));
}

function warn(lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`WARNING: ${line}\n`);
}
