import "reflect-metadata";
import { createPrivateKey, KeyObject, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
  X509Certificate as Parsed,
} from "@peculiar/x509";
import type { Issued } from "./issued.ts";

/** Arguments of {@link issueCertificate}. */
export interface IssueArgs {
  readonly root: Issued;
  /** Host names and addresses that it is for, one at least. */
  readonly names: readonly string[];
}

/** Years that a root is valid. */
const rootYears = 10;

/** Days that a server's certificate is valid, the most that all clients take. */
const certificateDays = 825;

/** Characters that a common name may have. */
const longestName = 64;

const second = 1000;
const hour = 3600 * second;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Makes the root of an authority of its own, valid for ten years. */
export async function makeRoot(name: string, now = new Date()): Promise<Issued> {
  const keys = await generateKeys();
  const notBefore = startOf(now);
  const notAfter = new Date(notBefore);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + rootYears);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name.slice(0, longestName)] }],
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return issued(certificate, keys.privateKey);
}

/** Issues a server's certificate that all clients take who trust the root, at the longest until the root's own end. */
export async function issueCertificate({ root, names }: IssueArgs, now = new Date()): Promise<Issued> {
  const issuer = new Parsed(root.certificate);
  const keys = await generateKeys();
  const notBefore = startOf(now);
  const latest = notBefore.getTime() + certificateDays * 24 * hour - second;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: ["gateway"] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter: new Date(Math.min(latest, issuer.notAfter.getTime())),
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: createPrivateKey(root.key).toCryptoKey(algorithm, false, ["sign"]),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? ("dns" as const) : ("ip" as const), value: name })),
      ),
      await AuthorityKeyIdentifierExtension.create(issuer),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return issued(certificate, keys.privateKey);
}

/** Why a root and its key cannot go on as the gateway's authority; undefined when they can. */
export function unusableRoot({ certificate, key }: Issued, now = new Date()): string | undefined {
  const [root, secret] = [readRoot(certificate), readKey(key)];
  if (root === undefined) return "its certificate cannot be read";
  if (secret === undefined) return "its key cannot be read";
  if (!root.ca) return "its certificate is not an authority's";
  if (secret.asymmetricKeyDetails?.namedCurve !== "prime256v1") return "its key is not of the curve P-256";
  if (!root.checkPrivateKey(secret)) return "its key is that of another certificate";
  if (root.validToDate <= now) return `it ended on ${root.validTo}`;
  return undefined;
}

/** When a root ends. */
export function endOf({ certificate }: Issued): Date {
  return new X509Certificate(certificate).validToDate;
}

/** A root and its key as one form, whatever form they had. */
export function normalRoot({ certificate, key }: Issued): Issued {
  return { certificate: new X509Certificate(certificate).toString(), key: pem(createPrivateKey(key)) };
}

function readRoot(certificate: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    return undefined;
  }
}

function readKey(key: string): KeyObject | undefined {
  try {
    return createPrivateKey(key);
  } catch {
    return undefined;
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** A moment that clients whose clocks are a little behind take as over. */
function startOf(now: Date): Date {
  return new Date(Math.floor((now.getTime() - hour) / second) * second);
}

/** Positive, of 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

function issued({ rawData }: Parsed, key: webcrypto.CryptoKey): Issued {
  return { certificate: new X509Certificate(Buffer.from(rawData)).toString(), key: pem(KeyObject.from(key)) };
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
