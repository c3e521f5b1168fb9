import { readFile } from "node:fs/promises";
import { writeDurably } from "../../support/durable.ts";
import { configurationPath } from "./backup-manifest.ts";
import { contentOf } from "./lay-backup.ts";
import type { Backup } from "./read-backup.ts";

/**
 * Puts a backup's configuration in the place of a stack's file; another one that was there stays beside it.
 * @returns what was done, in words; undefined when it was the same
 */
export async function layConfiguration({ manifest, files }: Backup, file: string): Promise<string | undefined> {
  const saved = contentOf(files, configurationPath(manifest.stack));
  const before = await readFile(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  });
  if (before?.equals(saved)) return undefined;
  const kept = `${file}.before-restore`;
  if (before !== undefined) await writeDurably(kept, before, 0o600);
  await writeDurably(file, saved, 0o600);
  return before === undefined
    ? `${file} is that of the backup`
    : `${file} is that of the backup; what was there is in ${kept}`;
}
