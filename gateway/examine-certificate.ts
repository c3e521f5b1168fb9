import type { KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { linksOf, type Links } from "./certificate-chain.ts";
import { certificateFindings } from "./certificate-findings.ts";
import type { CalledBy } from "./certificate-names.ts";
import { blocking, isBlocking, type Finding } from "./finding.ts";
import { readCertificates, readKey, type Read } from "./pem.ts";
import { trustedRoots } from "./trusted-roots.ts";
import { refusalOf } from "./try-handshake.ts";

/** Where a gateway's certificate is, and by which names it is called. */
export interface CertificateFiles extends CalledBy {
  readonly certificate: string;
  /** File of its key; undefined where the key is not looked at. */
  readonly key: string | undefined;
}

/** What was found in the files of a certificate and its key. */
export interface Examined {
  readonly findings: readonly Finding[];
  /** Undefined where the file holds none that can be read. */
  readonly certificates: Links | undefined;
  readonly key: KeyObject | undefined;
}

/** Looks whether clients will take a gateway's certificate; never rejects. */
export async function examineCertificate(files: CertificateFiles, now = new Date()): Promise<Examined> {
  const { certificates, key, unusable } = await readFiles(files);
  if (certificates === undefined || unusable.length > 0) return { findings: unusable, certificates, key };
  const roots = trustedRoots();
  const judged = { ...files, file: files.certificate, keyFile: files.key, certificates, key, roots, now };
  const findings = [...certificateFindings(judged), ...(await readableByOthers(files.key))];
  if (key !== undefined && !findings.some(isBlocking))
    findings.push(...(await handshakeFindings(files.certificate, linksOf(certificates, roots), key)));
  return { findings, certificates, key };
}

async function readFiles(files: CertificateFiles) {
  const [certificates, key] = await Promise.all([
    contentOf(files.certificate, "certificate", readCertificates),
    files.key === undefined ? undefined : contentOf(files.key, "key", readKey),
  ]);
  return {
    certificates: certificates.content as Links | undefined,
    key: key?.content,
    unusable: [certificates, key].flatMap((read) => (read?.finding === undefined ? [] : [read.finding])),
  };
}

type Content<T> =
  { readonly content: T; readonly finding?: undefined } | { readonly content?: undefined; readonly finding: Finding };

async function contentOf<T>(
  file: string,
  about: "certificate" | "key",
  read: (file: string, bytes: Buffer) => Read<T>,
): Promise<Content<T>> {
  try {
    const result = read(file, await readFile(file));
    if ("content" in result) return result;
    return { finding: { level: "blocking", about, ...result.unusable } };
  } catch (error) {
    return { finding: { level: "blocking", about, ...unreadable(file, about, (error as NodeJS.ErrnoException).code) } };
  }
}

function unreadable(file: string, about: "certificate" | "key", code: string | undefined) {
  const found = `${file}, which gateway.tls.${about} names, cannot be read`;
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return { found: `${file}, which gateway.tls.${about} names, is not there`, advice: "put the file there, as PEM" };
    case "EACCES":
      return { found: `${found} by this user`, advice: "run this as root, or let this user read the file" };
    case "EISDIR":
      return { found: `${file}, which gateway.tls.${about} names, is a folder`, advice: "name the file in it" };
    default:
      return { found: `${found}: ${code ?? "unknown"}`, advice: "look at the disk that it is on" };
  }
}

async function readableByOthers(file: string | undefined): Promise<Finding[]> {
  if (file === undefined) return [];
  const mode = await stat(file).then(
    (status) => status.mode,
    () => 0,
  );
  if ((mode & 0o004) === 0) return [];
  const found = `the key ${file} can be read by every user of this host`;
  return [{ level: "warning", about: "key", found, advice: `take that away: \`chmod o-rwx ${file}\`` }];
}

async function handshakeFindings(file: string, links: Links, key: KeyObject): Promise<Finding[]> {
  const refusal = await refusalOf(links, key.export({ type: "pkcs8", format: "pem" }).toString());
  if (refusal === undefined) return [];
  return [blocking(`clients do not take ${file}: ${refusal}`, "have its authority look at it, or get another one")];
}
