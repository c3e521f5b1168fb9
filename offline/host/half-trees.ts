import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
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
