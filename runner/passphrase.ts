import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../support/project-folder.ts";
import { Failure } from "../support/failure.ts";
import { say } from "../support/progress.ts";

/** File with the passphrase that encrypts secrets in the state, beside the state. */
export const passphraseFile = join(projectFolder, "state", "passphrase");

function ownSettings(): boolean {
  const { PULUMI_CONFIG_PASSPHRASE: passphrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } = process.env;
  return passphrase !== undefined || file !== undefined;
}

/** Whether a passphrase is set by the user or was written before. */
export function hasPassphrase(): boolean {
  return ownSettings() || existsSync(passphraseFile);
}

/** Settings that give Pulumi its passphrase: the user's own, or a file that is written on first use. */
export function passphraseEnvironment(): NodeJS.ProcessEnv {
  if (!hasPassphrase()) {
    writeFileSync(passphraseFile, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    say(`Wrote a new passphrase to ${passphraseFile}; keep a copy, without it the secrets in the state are lost.`);
  }
  return passphraseIfAny();
}

/** As {@link passphraseEnvironment}, without writing one. */
export function passphraseIfAny(): NodeJS.ProcessEnv {
  return ownSettings() || !existsSync(passphraseFile) ? {} : { PULUMI_CONFIG_PASSPHRASE_FILE: passphraseFile };
}

/**
 * Stops before a new passphrase is written beside a stack file that was encrypted with another one.
 * @throws Failure that says how to go on
 */
export function refuseForeignPassphrase(stack: string): void {
  if (hasPassphrase()) return;
  const file = `Pulumi.${stack}.yaml`;
  const path = join(projectFolder, file);
  if (!existsSync(path) || !/^encryptionsalt:/m.test(readFileSync(path, "utf8"))) return;
  throw new Failure(
    `${file} carries the encryptionsalt of a passphrase that is not here: copy that passphrase to ${passphraseFile}, ` +
      "set PULUMI_CONFIG_PASSPHRASE_FILE, or remove the line encryptionsalt to start with a new one",
  );
}
