import { examineCertificate, type CertificateFiles } from "../../gateway/examine-certificate.ts";
import type { Finding } from "../../gateway/finding.ts";

/** What was found of the gateway's certificate. */
export interface CertificateFacts {
  /** When it ends, ISO; null where it cannot be read. */
  readonly ends: string | null;
  readonly findings: readonly Finding[];
}

/** Looks at the gateway's certificate on this host, and its key. */
export async function gatherCertificate(files: CertificateFiles): Promise<CertificateFacts> {
  const { findings, certificates } = await examineCertificate(files);
  return { ends: certificates?.[0].validToDate.toISOString() ?? null, findings };
}
