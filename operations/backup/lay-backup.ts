import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fits } from "../../runner/passphrase-file.ts";
import { createDurably, writeDurably } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { paths } from "./backup-manifest.ts";
import { stateFile, type Backup } from "./read-backup.ts";
import { saltIn } from "./stack-source.ts";

/** Where a stack's state and passphrase go. */
export interface RestorePlace {
  /** Folder that has, or is to have, `.pulumi`. */
  readonly state: string;
  readonly passphrase: string;
  /** A passphrase that the environment gives in place of the file. */
  readonly given?: string | undefined;
}

/**
 * Makes sure that a backup can be laid somewhere, before anything is written.
 * @throws Failure when a state or a passphrase is there that is another one
 */
export async function requirePlace({ folder, manifest, files }: Backup, place: RestorePlace): Promise<void> {
  const state = join(place.state, stateFile(manifest).slice(paths.state.length + 1));
  const saved = contentOf(files, stateFile(manifest));
  if (existsSync(state) && !(await readFile(state)).equals(saved))
    throw refused(
      `${state} is there already, and is another state than that of the backup ${folder}: a state is never laid over another one. ` +
        "If that service was restored before, go on without restoring; else take it down, and move its state away",
    );
  const passphrase = contentOf(files, paths.passphrase).toString().trim();
  const salt = saltIn(saved.toString());
  if (salt !== undefined && !fits(salt, passphrase))
    throw refused(`The passphrase in the backup ${folder} is not that of its state: use another copy of it`);
  if (place.given !== undefined && place.given !== passphrase)
    throw refused(
      "PULUMI_CONFIG_PASSPHRASE, or its file, gives another passphrase than the backup has: unset the variable",
    );
  if (place.given !== undefined || !existsSync(place.passphrase)) return;
  if ((await readFile(place.passphrase, "utf8")).trim() !== passphrase)
    throw refused(
      `${place.passphrase} holds another passphrase, which the states beside it are encrypted with: restore into a folder without it`,
    );
}

/**
 * Lays a backup's state and passphrase; the state last, as it is what counts as there.
 * @throws Failure as {@link requirePlace}
 */
export async function layBackup(backup: Backup, place: RestorePlace): Promise<void> {
  await requirePlace(backup, place);
  const { files } = backup;
  if (place.given === undefined && !existsSync(place.passphrase)) {
    await mkdir(dirname(place.passphrase), { recursive: true, mode: 0o700 });
    createDurably(place.passphrase, contentOf(files, paths.passphrase).toString(), 0o600);
  }
  const own = [...files.keys()].filter(
    (path) => path.startsWith(`${paths.state}/`) && path !== stateFile(backup.manifest),
  );
  for (const path of [...own, stateFile(backup.manifest)]) {
    const file = join(place.state, path.slice(paths.state.length + 1));
    // Stacks share the version of the layout, and what is the same need not be written.
    if (existsSync(file)) continue;
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeDurably(file, contentOf(files, path), 0o600);
  }
}

/** The content of a file that {@link readBackup} has made sure of. */
export function contentOf(files: Backup["files"], path: string): Buffer {
  const content = files.get(path);
  if (content === undefined) throw new Error(`the backup has no ${path}`);
  return content;
}

function refused(message: string): Failure {
  return new Failure(`${message}; nothing was changed`, exitStatus.refused);
}
