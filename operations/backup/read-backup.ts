import { readdir, readFile } from "node:fs/promises";
import { isAbsolute, join, normalize } from "node:path";
import * as z from "zod";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { backupSchema, configurationPath, manifestName, paths, type BackupManifest } from "./backup-manifest.ts";
import type { BackupFiles } from "./stack-source.ts";
import { figuresOf } from "./write-backup.ts";

/** A backup of which every byte is as it was written. */
export interface Backup {
  readonly folder: string;
  readonly manifest: BackupManifest;
  readonly files: BackupFiles;
}

/**
 * Reads a backup and compares every file with what its manifest says.
 * @throws Failure that names what is missing, damaged or no backup at all; nothing was changed then
 */
export async function readBackup(folder: string): Promise<Backup> {
  const manifest = await readManifest(folder);
  const files = new Map<string, Buffer>();
  for (const [path, expected] of Object.entries(manifest.files)) {
    if (isAbsolute(path) || normalize(path) !== path || path.startsWith(".."))
      throw damaged(folder, path, "leads out of it");
    const content = await readFile(join(folder, path)).catch((error: unknown) => {
      throw damaged(folder, path, reasonOf(error));
    });
    const found = figuresOf(content);
    if (found.sha256 !== expected.sha256)
      throw damaged(folder, path, `its sha256 is ${found.sha256}, not ${expected.sha256}`);
    files.set(path, content);
  }
  for (const path of [stateFile(manifest), paths.passphrase, configurationPath(manifest.stack)])
    if (!files.has(path)) throw damaged(folder, path, "it is not listed");
  return { folder, manifest, files };
}

/** Path of the stack's state in its backup. */
export function stateFile({ stack }: Pick<BackupManifest, "stack">): string {
  return `${paths.state}/.pulumi/stacks/gemma/${stack}.json`;
}

async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, manifestName), "utf8").catch(async (error: unknown) => {
    throw new Failure(
      `${folder} is no backup (${reasonOf(error)}): ${await whichOnes(folder)}; nothing was changed`,
      exitStatus.refused,
    );
  });
  try {
    return backupSchema.parse(JSON.parse(text));
  } catch (error) {
    throw damaged(folder, manifestName, error instanceof z.ZodError ? "it has another form" : reasonOf(error));
  }
}

/** Whoever names the folder with all backups is told of those in it. */
async function whichOnes(folder: string): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const finished = names.filter((name) => /^[^.].*\d{2}Z$/.test(name)).sort();
  const [newest] = finished.slice(-1);
  if (newest !== undefined) return `name one in it, the newest is ${join(folder, newest)}`;
  return folder.endsWith(".partial") ? "it was cut short; name a whole one" : "name a folder that `backup` has written";
}

function damaged(folder: string, path: string, why: string): Failure {
  return new Failure(
    `The backup ${folder} is damaged: ${path}: ${why}. Use another copy of it; nothing was changed`,
    exitStatus.untrusted,
  );
}
