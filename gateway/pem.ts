import { X509Certificate, createPrivateKey, type KeyObject } from "node:crypto";
import { reasonOf } from "../support/failure.ts";

/** Why a file cannot be used, and what to do. */
export interface Unusable {
  readonly found: string;
  readonly advice: string;
}

/** What was read from a file, or why it cannot be used. */
export type Read<Content> = { readonly content: Content } | { readonly unusable: Unusable };

const certificateBlock = /-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----[\s\S]*?-----END \1-----/g;

/** The certificates of a PEM file, in its order; a key beside them is left alone. */
export function readCertificates(file: string, bytes: Buffer): Read<readonly X509Certificate[]> {
  const text = bytes.toString("latin1");
  const blocks = [...text.matchAll(certificateBlock)].map(([block]) => block);
  const begun = text.match(/-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----/g)?.length ?? 0;
  if (begun === 0) return { unusable: otherForm(file, bytes, "certificate") };
  const content: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      content.push(new X509Certificate(block));
    } catch (error) {
      const found = `certificate ${index + 1} of ${begun} in ${file} is damaged (${reasonOf(error)})`;
      return { unusable: { found, advice: "copy the file again" } };
    }
  }
  if (blocks.length < begun) return { unusable: { found: `${file} is cut short`, advice: "copy the file again" } };
  return { content };
}

const keyBlock = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/;

/** The first private key of a PEM file; what stands beside it is left alone. */
export function readKey(file: string, bytes: Buffer): Read<KeyObject> {
  const text = bytes.toString("latin1");
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return { unusable: otherForm(file, bytes, "key") };
  const [block] = keyBlock.exec(text) ?? [];
  if (block === undefined) return { unusable: { found: `${file} is cut short`, advice: "copy the file again" } };
  if (block.includes("ENCRYPTED"))
    return {
      unusable: {
        found: `the key ${file} is encrypted, and the gateway has no passphrase for it`,
        advice: `write it without one, readable by its owner alone: \`(umask 077; openssl pkey -in ${file} -out NEW)\``,
      },
    };
  try {
    return { content: createPrivateKey(block) };
  } catch (error) {
    return { unusable: { found: `the key ${file} is damaged (${reasonOf(error)})`, advice: "copy the file again" } };
  }
}

/** What a file is that is not PEM, as far as its first bytes tell. */
function otherForm(file: string, bytes: Buffer, wanted: "certificate" | "key"): Unusable {
  if (bytes.length === 0) return { found: `${file} is empty`, advice: `put the ${wanted} there, as PEM` };
  if (bytes.includes("B\0E\0G\0I\0N"))
    return {
      found: `${file} is text in UTF-16`,
      advice: `write it as ASCII: \`iconv -f UTF-16 -t ASCII ${file} > NEW\``,
    };
  if (bytes[0] === 0x30) return binaryForm(file, bytes, wanted);
  if (bytes.includes("-----BEGIN PKCS7-----"))
    return {
      found: `${file} is PKCS#7, not PEM of a certificate`,
      advice: `write its certificates as PEM: \`openssl pkcs7 -print_certs -in ${file} -out NEW\``,
    };
  const other = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(bytes.toString("latin1"))?.[1];
  return {
    found: `${file} holds no ${wanted === "key" ? "private key" : "certificate"}${other === undefined ? "" : `, but a ${other}`}`,
    advice: `put the ${wanted} there, as PEM`,
  };
}

/** ASN.1 begins with a sequence; that of PKCS#12 with its version, 3. */
function binaryForm(file: string, bytes: Buffer, wanted: "certificate" | "key"): Unusable {
  const longLength = (bytes[1] ?? 0) & 0x80 ? (bytes[1] ?? 0) & 0x7f : 0;
  const body = bytes.subarray(2 + longLength);
  if (body[0] === 0x02 && body[1] === 0x01 && body[2] === 0x03)
    return {
      found: `${file} is PKCS#12 (.pfx, .p12), not PEM`,
      advice: `take the ${wanted} out of it: \`(umask 077; openssl pkcs12 -in ${file} ${wanted === "key" ? "-nocerts -nodes" : "-nokeys"} -out NEW)\``,
    };
  return {
    found: `${file} is DER, not PEM`,
    advice: `write it as PEM: \`(umask 077; openssl ${wanted === "key" ? "pkey" : "x509"} -inform der -in ${file} -out NEW)\``,
  };
}
