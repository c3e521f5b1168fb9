import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** Makes a key and a certificate of its own in a folder, with the system's openssl; tells their paths and its end. */
export function makeCertificate(folder: string, name = "site") {
  const [certificate, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...kind, "-days", "90", "-subj", `/CN=${name}`, "-keyout", key, "-out", certificate);
  const [, end = ""] = openssl("x509", "-in", certificate, "-noout", "-enddate").trim().split("=");
  const [, fingerprint = ""] = openssl("x509", "-in", certificate, "-noout", "-fingerprint", "-sha256")
    .trim()
    .split("=");
  return { certificate, key, ends: new Date(end), fingerprint };
}
