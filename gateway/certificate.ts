import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { namesOf } from "./certificate-names.ts";
import { examineCertificate, type CertificateFiles } from "./examine-certificate.ts";
import { isBlocking, sentence } from "./finding.ts";
import { readCertificates } from "./pem.ts";
import { Failure } from "../support/failure.ts";

/** A certificate with its chain, and its key, both as PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  /** A name that it is for, as it is written there. */
  readonly name: string;
  readonly ends: Date;
}

/**
 * Reads a certificate that clients will take, and its key.
 * @throws Failure that says why they will not, or why it cannot be read
 */
export async function readKeyPair(files: CertificateFiles & { readonly key: string }, now?: Date): Promise<KeyPair> {
  const { findings, certificates, key } = await examineCertificate(files, now);
  const problems = findings.filter(isBlocking);
  if (certificates === undefined || key === undefined || problems.length > 0)
    throw new Failure(problems.map(sentence).join("\n"));
  const [own] = certificates;
  const [name = ""] = namesOf(own);
  return {
    // As one form, whatever stands between the certificates in the file.
    certificate: certificates.map((certificate) => certificate.toString()).join(""),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
    ends: own.validToDate,
    name,
  };
}

/** The file of a gateway's certificate; null when it has none of the organisation's. */
export function certificateFile({
  mode,
  certificate,
}: {
  mode: string;
  certificate?: string | undefined;
}): string | null {
  return mode === "files" ? (certificate ?? null) : null;
}

/** Fingerprint of a file with certificates, so that a renewed one, or another one behind it, is a change; null where there is none on this machine. */
export function fingerprintOf(file: string): string | null {
  try {
    const read = readCertificates(file, readFileSync(file));
    if (!("content" in read)) return null;
    const hash = createHash("sha256");
    for (const { raw } of read.content) hash.update(raw);
    return hash.digest("hex");
  } catch {
    return null;
  }
}
