import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** File in each folder that is this program's to empty; its name alone counts, as a power cut may leave it empty. */
export const markName = ".gemma-own";

/** Makes a folder this program's own. */
export async function makeOwnFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, markName), "This folder is the service gemma's, which removes what it has put here.\n");
}

/** Whether a folder carries the mark, or has nothing in it that could be somebody's. */
export async function isOwnFolder(folder: string): Promise<boolean> {
  return existsSync(join(folder, markName)) || (await readdir(folder).catch(() => ["a file"])).length === 0;
}

/** Removes a folder of this program's own; the mark goes last, so that a later run knows what a killed one has left. */
export async function removeOwnFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (name !== markName) await rm(join(folder, name), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}
