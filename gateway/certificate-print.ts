import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";

/** Fingerprint of a certificate, so that a renewed one is a change; null where the file is not on this machine. */
export function fingerprintOf(file: string): string | null {
  try {
    return new X509Certificate(readFileSync(file)).fingerprint256;
  } catch {
    return null;
  }
}
