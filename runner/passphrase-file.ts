import { createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { createDurably } from "../support/durable.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { say } from "../support/progress.ts";

/** What a state says of the passphrase that its secrets are encrypted with. */
interface Encrypted {
  readonly checkpoint?: {
    readonly latest?: { readonly secrets_providers?: { readonly type?: string; readonly state?: { salt?: string } } };
  };
}

/** The salt of a state; empty when the state cannot be read, undefined when no passphrase belongs to it. */
function saltOf(file: string): string | undefined {
  try {
    const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as Encrypted;
    const provider = checkpoint?.latest?.secrets_providers;
    return provider?.type === "passphrase" ? provider.state?.salt : undefined;
  } catch {
    return "";
  }
}

/** Whether a passphrase is the one of a salt, which carries a word that was encrypted with it. */
export function fits(salt: string, passphrase: string): boolean {
  const [, seed = "", , nonce = "", sealed = ""] = salt.split(":");
  const bytes = Buffer.from(sealed, "base64");
  try {
    const key = pbkdf2Sync(passphrase, Buffer.from(seed, "base64"), 1_000_000, 32, "sha256");
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64"));
    decipher.setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString() === "pulumi";
  } catch {
    return false;
  }
}

/** The passphrase in a file as Pulumi reads it; a power cut may leave as many bytes of zero as it had letters. */
function passphraseIn(file: string): string {
  return readFileSync(file, "utf8").replaceAll("\0", "").trim();
}

/**
 * Makes sure of a file with a passphrase, which is written on first use.
 * @param states - files with states whose secrets it encrypts, as far as they are there
 * @param otherwise - what to do for want of a copy
 * @throws Failure when the secrets in a state are encrypted with another passphrase than is there
 */
export function ensurePassphrase(file: string, states: readonly string[], otherwise: string): void {
  const passphrase = existsSync(file) ? passphraseIn(file) : undefined;
  for (const state of states.filter(existsSync)) {
    const salt = saltOf(state);
    if (salt === undefined || (passphrase && (salt === "" || fits(salt, passphrase)))) continue;
    const problem = passphrase === undefined ? "is missing" : passphrase === "" ? "is empty" : "is another one";
    throw new Failure(
      `The passphrase ${file} ${problem}, and the secrets in ${state} are encrypted with it; nothing was changed. ` +
        `Put the copy of it back that you have kept; without one, ${otherwise}`,
      exitStatus.refused,
    );
  }
  if (passphrase) return;
  rmSync(file, { force: true });
  createDurably(file, `${randomBytes(32).toString("hex")}\n`, 0o600);
  say(`Wrote a new passphrase to ${file}; keep a copy of it, without it the secrets in the state are lost.`);
}
