import type { KeyObject, X509Certificate } from "node:crypto";
import { selfSigned, whose, type Links } from "./certificate-chain.ts";
import { blocking, warning, type Finding } from "./finding.ts";

/** Curves that the gateway and all clients know. */
const curves = ["prime256v1", "secp384r1", "secp521r1"];

/** Bits of RSA: clients refuse fewer, and some refuse more. */
const rsaBits = { least: 2048, most: 8192 };

/** Keys and signatures of a chain that the gateway cannot use, or that clients refuse. */
export function weaknesses(file: string, links: Links): Finding[] {
  const [own] = links;
  return [
    ...links.flatMap((link) => weakKey(file, link)),
    // How a root has signed itself is nobody's concern.
    ...links.filter((link) => link === own || !selfSigned(link)).flatMap((link) => weakSignature(file, link)),
    ...(own.publicKey.asymmetricKeyType === "ed25519"
      ? [
          warning(
            `${file} has an Ed25519 key, which no browser takes`,
            "get one with a key of RSA or of the curve P-256, where browsers are among the clients",
          ),
        ]
      : []),
  ];
}

function weakKey(file: string, link: X509Certificate): Finding[] {
  const weakness = keyWeakness(link.publicKey);
  if (weakness === undefined) return [];
  return [
    blocking(
      `the certificate of ${whose(link.subject)} in ${file} has ${weakness}`,
      `get one with a key of RSA with ${rsaBits.least} bits or more, or of the curve P-256 or P-384`,
    ),
  ];
}

function keyWeakness({ asymmetricKeyType: kind, asymmetricKeyDetails: details }: KeyObject): string | undefined {
  switch (kind) {
    case "ed25519":
      return undefined;
    case "ec":
      return curves.includes(details?.namedCurve ?? "")
        ? undefined
        : `a key of the curve ${details?.namedCurve}, which clients do not know`;
    case "rsa": {
      const bits = details?.modulusLength ?? 0;
      if (bits < rsaBits.least) return `an RSA key of ${bits} bits, which clients refuse as too weak`;
      return bits > rsaBits.most ? `an RSA key of ${bits} bits, which some clients refuse as too long` : undefined;
    }
    default:
      return `a key of the kind ${kind}, which clients do not take`;
  }
}

function weakSignature(file: string, link: X509Certificate): Finding[] {
  const algorithm = link.signatureAlgorithm ?? "";
  if (!/sha1|md5|md4|md2/i.test(algorithm)) return [];
  return [
    blocking(
      `the certificate of ${whose(link.subject)} in ${file} is signed with ${algorithm}, which clients refuse as too weak`,
      "get one that is signed with SHA-256 or stronger",
    ),
  ];
}
