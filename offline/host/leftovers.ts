import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { markName } from "../../support/own-folder.ts";
import type { DataFolder } from "./data-folder.ts";

const halfName = /^[0-9a-f]{12}\.partial$/;

/** Folders of what runs that were killed have unpacked in part; nothing ever uses them. */
export async function halfTrees(data: DataFolder): Promise<string[]> {
  const folders = ["tools", "versions"].map((name) => join(data.path, name));
  const names = await Promise.all(
    folders.map(async (folder) => (await readdir(folder).catch(() => [])).map((name) => ({ folder, name }))),
  );
  return names.flat().flatMap(({ folder, name }) => (halfName.test(name) ? [join(folder, name)] : []));
}

/** Removes them, so that their room is free before anything is written. */
export async function removeHalfTrees(data: DataFolder): Promise<void> {
  for (const folder of await halfTrees(data)) await rm(folder, { recursive: true, force: true });
}

/** What runs start from, as offline/scripts/bootstrap.sh names it. */
const runtimeName = /^(runtime|check)\.[A-Za-z0-9]{6}$/;

/**
 * Folders that runs which were killed have started from; a deployment removes them before it starts.
 * @param own - the folder that this run has started from
 */
export async function leftRuntimes(data: DataFolder, own: string): Promise<string[]> {
  const names = await readdir(data.path).catch(() => []);
  return names
    .filter((name) => runtimeName.test(name))
    .map((name) => join(data.path, name))
    .filter((folder) => existsSync(join(folder, markName)) && resolve(folder) !== resolve(own));
}
