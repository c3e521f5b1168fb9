import { X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { Failure, reasonOf } from "../support/failure.ts";

const day = 24 * 3600 * 1000;

/** Days before its end from which on a certificate is warned of. */
export const warningDays = 30;

/** A certificate and its key, both as PEM, with the day on which it ends. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
  readonly ends: Date;
}

/**
 * Reads a certificate and its key.
 * @throws Failure when one cannot be read, when they do not belong together, or when the certificate has ended
 */
export async function readKeyPair(files: { certificate: string; key: string }, now = new Date()): Promise<KeyPair> {
  const certificate = await read(files.certificate, "gateway.tls.certificate");
  const key = await read(files.key, "gateway.tls.key");
  const parsed = parse(files.certificate, () => new X509Certificate(certificate));
  const secret = parse(files.key, () => createPrivateKey(key));
  if (!parsed.checkPrivateKey(secret))
    throw new Failure(`${files.key} is not the key of the certificate ${files.certificate}: correct gateway.tls`);
  const ends = new Date(parsed.validTo);
  if (daysUntil(ends, now) < 0)
    throw new Failure(`The certificate ${files.certificate} has ended on ${dateOf(ends)}: put a new one there`);
  return { certificate, key, ends };
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

/** When a certificate ends, ISO; rejects when there is none. */
export async function endOf(file: string): Promise<string> {
  return new Date(new X509Certificate(await readFile(file)).validTo).toISOString();
}

/** What to say of a certificate, and whether it is a warning. */
export function expiryNote(file: string, ends: Date, now = new Date()): { text: string; warning: boolean } {
  return { text: `The certificate ${file} ${lifetime(ends, now)}`, warning: daysUntil(ends, now) < warningDays };
}

/** How long something lasts, to stand behind its name. */
export function lifetime(ends: Date, now: Date): string {
  const days = daysUntil(ends, now);
  return `${days < 0 ? "has ended" : `ends in ${days} days`}, on ${dateOf(ends)}`;
}

/** Whole days until a moment, negative when it is past. */
export function daysUntil(moment: Date, now = new Date()): number {
  return Math.floor((moment.getTime() - now.getTime()) / day);
}

/** A day as people write it, `2026-11-24`. */
export function dateOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

async function read(file: string, key: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new Failure(`${file}, which ${key} names, cannot be read: ${(error as NodeJS.ErrnoException).code ?? ""}`);
  });
}

function parse<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw new Failure(`${file} is not a PEM file of the kind that is needed: ${reasonOf(error)}`);
  }
}

/** Fingerprint of a certificate, so that a renewed one is a change; null where the file is not on this machine. */
export function fingerprintOf(file: string): string | null {
  try {
    return new X509Certificate(readFileSync(file)).fingerprint256;
  } catch {
    return null;
  }
}
