import { readdir, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { forgetLayersOf } from "../../engine/images.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";
import { removeImages } from "./load-package-image.ts";
import { removeUnusedPlugins } from "./plugins.ts";

/** What is named by a digest here; the second part is there until all of it is unpacked. */
const ownName = /^[0-9a-f]{12}(\.partial)?$/;

/**
 * Removes all that neither the version that serves nor the one before it needs, also what failed and killed runs have left.
 *
 * Versions go before their tools, so that none is ever there without them.
 */
export async function prune(data: DataFolder): Promise<void> {
  const kept = [await data.current(), await data.previous()].filter((version) => version !== undefined);
  const keptImages = new Set(kept.flatMap(imagesOf));
  const folders = kept.map(({ folder }) => folder);
  const others = (await data.versions()).filter(({ folder }) => !folders.includes(folder));
  await forgetLayersOf(data.owner);
  await removeImages(
    [...new Set(others.flatMap(imagesOf))].filter((name) => !keptImages.has(name)),
    data.owner,
  );
  await keepOnly(join(data.path, "versions"), folders);
  const tools = kept.flatMap(({ manifest }) => Object.values(manifest.tools));
  await keepOnly(
    join(data.path, "tools"),
    tools.map(({ digest }) => data.tool(digest)),
  );
  await removeUnusedPlugins(data);
}

/** Names of a version's images. */
export function imagesOf({ manifest }: InstalledVersion): string[] {
  return manifest.images.map(({ name }) => name);
}

async function keepOnly(folder: string, kept: readonly string[]): Promise<void> {
  const names = new Set(kept.map((path) => basename(path)));
  for (const name of await readdir(folder)) {
    if (!ownName.test(name) || names.has(name)) continue;
    const half = join(folder, `${name.slice(0, 12)}.partial`);
    // Renamed first, as what is there under its own name counts as whole.
    if (name !== basename(half)) {
      await rm(half, { recursive: true, force: true });
      await rename(join(folder, name), half);
    }
    await rm(half, { recursive: true, force: true });
  }
}
