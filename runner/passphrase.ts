import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../support/project-folder.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { backendUrl } from "../config/backend.ts";
import { localState, project } from "./local-state.ts";
import { ensurePassphrase } from "./passphrase-file.ts";

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

/**
 * Settings that give Pulumi its passphrase: the user's own, or a file that is written on first use.
 * @throws Failure when the state of the stack is encrypted with another passphrase than is in the file
 */
export function passphraseEnvironment(stack: string): NodeJS.ProcessEnv {
  if (!ownSettings()) {
    const state = localState(backendUrl(), { folder: projectFolder, project, stack });
    const otherwise = `\`npm run down -s ${stack}\` takes the stack down by its labels, and once its state is removed \`up\` begins anew`;
    ensurePassphrase(passphraseFile, state === undefined ? [] : [state.file], otherwise);
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
    exitStatus.refused,
  );
}
