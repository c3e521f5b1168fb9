import { existsSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { allLayers } from "../../engine/layers.ts";
import type { PackageManifest, ReadManifest } from "../package/manifest.ts";
import type { Present } from "../package/missing.ts";
import type { Room } from "../preflight/room.ts";
import type { DataFolder } from "./data-folder.ts";
import { halfTrees, leftRuntimes } from "./leftovers.ts";
import { damageOf } from "./whole-tree.ts";

/**
 * Looks at what a host has of a package; what cannot be found out is not there.
 * @param runtime - the folder that this run has started from
 */
export async function presentOn(data: DataFolder, manifest: ReadManifest, runtime: string): Promise<Present> {
  const [images, tools, version, leftovers] = await Promise.all([
    allLayers().catch(() => []),
    presentTools(data, manifest.tools),
    isThere(data.versionFolder(manifest.digest)),
    Promise.all([halfTrees(data), leftRuntimes(data, runtime)]).then((folders) => takenBy(folders.flat())),
  ]);
  return { images, tools, version, leftovers };
}

async function presentTools(data: DataFolder, tools: PackageManifest["tools"]): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  for (const { digest, files } of Object.values(tools))
    // What the package leaves out takes nothing of the disk, whether it is there or not.
    if (files.length === 0 || (await isThere(data.tool(digest)))) present.add(digest);
  return present;
}

/** A tree that is damaged is made again beside it. */
async function isThere(folder: string): Promise<boolean> {
  return existsSync(folder) && (await damageOf(folder)) === undefined;
}

/** What trees take on their disk. */
async function takenBy(folders: readonly string[]): Promise<Room> {
  let [bytes, inodes] = [0, 0];
  for (const folder of folders)
    for (const path of ["", ...(await readdir(folder, { recursive: true }).catch(() => []))]) {
      const found = await lstat(join(folder, path)).catch(() => undefined);
      bytes += (found?.blocks ?? 0) * 512;
      inodes += found === undefined ? 0 : 1;
    }
  return { bytes, inodes };
}
