import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { backendUrl } from "../../config/backend.ts";
import type { DataFolder } from "../../offline/host/data-folder.ts";
import { deployedFile } from "../../offline/host/deployed.ts";
import { deploymentOf, localState, project, type LocalState } from "../../runner/local-state.ts";
import { fits } from "../../runner/passphrase-file.ts";
import { passphraseFile } from "../../runner/passphrase.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { configurationPath, paths } from "./backup-manifest.ts";

/** What of a stack is saved: each file's content by its path in the backup. */
export type BackupFiles = ReadonlyMap<string, Buffer>;

/**
 * The state of a stack on this machine's disk.
 * @throws Failure when it is elsewhere
 */
export function stateOnDisk(stack: string, folder = projectFolder): LocalState {
  const state = localState(backendUrl(), { folder, project, stack });
  if (state !== undefined) return state;
  throw new Failure(
    `The state of ${stack} is not on this machine but at PULUMI_BACKEND_URL: save it where it is kept, or unset the variable`,
    exitStatus.refused,
  );
}

/** The passphrase that Pulumi is given here, from the environment or the file beside the state; undefined for none. */
export function passphraseHere(file = passphraseFile): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: own, PULUMI_CONFIG_PASSPHRASE_FILE: named = file } = process.env;
  if (own !== undefined) return own;
  return existsSync(named) ? readFileSync(named, "utf8").trim() : undefined;
}

/**
 * Reads what has to be saved of a stack.
 * @param data - data folder of a closed host
 * @throws Failure when it was never brought up, its state cannot be read, or the passphrase is not the state's
 */
export async function readStack(stack: string, data: DataFolder | undefined): Promise<BackupFiles> {
  const state = stateOnDisk(stack);
  if (!existsSync(state.file))
    throw new Failure(`The stack ${stack} has not been brought up here: there is nothing to save`, exitStatus.absent);
  // What cannot be read is no backup.
  await deploymentOf(state);
  const files = new Map<string, Buffer>();
  for (const path of [state.meta, ...(await filesOf(state))]) files.set(statePath(state, path), await readFile(path));
  files.set(paths.passphrase, Buffer.from(`${checkedPassphrase(state)}\n`));
  const configuration = [configurationPath(stack), `${paths.configuration}/Pulumi.yaml`];
  for (const path of configuration) files.set(path, await readFile(join(projectFolder, basename(path))));
  for (const [name, file] of await recordsOf(data)) files.set(`${paths.records}/${name}`, file);
  return files;
}

/** The files that Pulumi keeps of a stack's state, the copy before the last change too; not those of other stacks. */
async function filesOf({ file }: LocalState): Promise<string[]> {
  const names = await readdir(dirname(file));
  const own = [basename(file), `${basename(file)}.bak`];
  return names.filter((name) => own.includes(name)).map((name) => join(dirname(file), name));
}

/** Path of a file of Pulumi's state in a backup. */
function statePath({ meta }: LocalState, path: string): string {
  return join(paths.state, ".pulumi", path.slice(dirname(meta).length + 1));
}

function checkedPassphrase({ file }: LocalState): string {
  const passphrase = passphraseHere();
  const salt = saltIn(readFileSync(file, "utf8"));
  if (passphrase !== undefined && (salt === undefined || fits(salt, passphrase))) return passphrase;
  throw new Failure(
    `The passphrase is ${passphrase === undefined ? "not here" : "another one than that of the state"}, and a backup without it is worth nothing: ` +
      "put it back, or set PULUMI_CONFIG_PASSPHRASE_FILE; nothing was written",
    exitStatus.refused,
  );
}

/** The salt of the passphrase in the text of a state; undefined where another provider keeps its secrets. */
export function saltIn(text: string): string | undefined {
  interface State {
    readonly checkpoint?: { readonly latest?: { readonly secrets_providers?: { readonly state?: { salt?: string } } } };
  }
  return (JSON.parse(text) as State).checkpoint?.latest?.secrets_providers?.state?.salt;
}

async function recordsOf(data: DataFolder | undefined): Promise<readonly (readonly [string, Buffer])[]> {
  if (data === undefined) return [];
  const current = await data.current();
  const found = [
    ["deployed.json", deployedFile(data)] as const,
    ...(current === undefined ? [] : [["manifest.json", join(current.folder, "manifest.json")] as const]),
  ];
  const there = found.filter(([, file]) => existsSync(file));
  return Promise.all(there.map(async ([name, file]) => [name, await readFile(file)] as const));
}
