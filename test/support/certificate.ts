import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key, made with the system's openssl. */
export interface Made {
  readonly certificate: string;
  readonly key: string;
  readonly ends: Date;
}

/** What a certificate is to be. */
export interface Wanted {
  /** Its common name, and that of its files. */
  readonly name?: string;
  /** Name of its files, where it is another one. */
  readonly file?: string;
  /** Alternative names as openssl takes them; null for none. */
  readonly names?: string | null;
  readonly days?: number;
  readonly algorithm?: readonly string[];
  /** Further lines of its extensions. */
  readonly extensions?: readonly string[];
  readonly digest?: string;
  /** Whether it is that of an authority. */
  readonly ca?: boolean;
  /** Who issues it; itself by default. */
  readonly by?: Pick<Made, "certificate" | "key">;
}

const ec = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });

/** Makes a key and a certificate in a folder. */
export function issue(folder: string, wanted: Wanted = {}): Made {
  const { name = "site", file = name, names = "DNS:localhost,IP:127.0.0.1", days = 90, ca = false } = wanted;
  const { algorithm = ec, extensions = [], digest = "sha256", by } = wanted;
  const [certificate, key, request] = ["pem", "key", "csr"].map((ending) => join(folder, `${file}.${ending}`)) as [
    string,
    string,
    string,
  ];
  const lines = [
    `basicConstraints=critical,CA:${ca ? "TRUE" : "FALSE"}`,
    ...(names === null ? [] : [`subjectAltName=${names}`]),
    ...extensions,
  ];
  writeFileSync(`${request}.ext`, lines.join("\n"));
  openssl("req", "-new", "-newkey", ...algorithm, "-nodes", "-subj", `/CN=${name}`, "-keyout", key, "-out", request);
  const issuer = by === undefined ? ["-signkey", key] : ["-CA", by.certificate, "-CAkey", by.key, "-CAcreateserial"];
  const lifetime = ["-days", String(days), `-${digest}`, "-extfile", `${request}.ext`];
  openssl("x509", "-req", "-in", request, ...issuer, ...lifetime, "-out", certificate);
  return { certificate, key, ends: endOf(certificate) };
}

function endOf(certificate: string): Date {
  const [, end = ""] = openssl("x509", "-in", certificate, "-noout", "-enddate").trim().split("=");
  return new Date(end);
}

/** Makes a certificate that signs itself, for this host. */
export function makeCertificate(folder: string, name = "site"): Made {
  return issue(folder, { name });
}

/** Writes certificates into one file, in this order. */
export function bundleOf(file: string, ...certificates: readonly Pick<Made, "certificate">[]): string {
  writeFileSync(file, certificates.map(({ certificate }) => readFileSync(certificate, "utf8")).join(""));
  return file;
}

/** An organisation's root, and the authority that issues its certificates. */
export function authorities(folder: string) {
  const authority = { names: null, ca: true, days: 3650 };
  const root = issue(folder, { name: "Company Root", file: "root", ...authority });
  return { root, authority: issue(folder, { name: "Company Issuing", file: "issuing", by: root, ...authority }) };
}
