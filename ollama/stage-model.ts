import { mkdir } from "node:fs/promises";
import { formatBytes } from "../support/units.ts";
import type { StagedModel } from "./staged-store.ts";
import { totalSize } from "./manifest.ts";
import { Registry } from "./registry.ts";
import { StagedStore } from "./staged-store.ts";
import { sizeOf } from "../support/hashing.ts";
import { Progress, say } from "../support/progress.ts";
import { stagedFolder } from "./staged-folder.ts";

/** Which model, and where it comes from. */
export interface Wanted {
  readonly registry: string;
  readonly model: { readonly name: string; readonly digest: string | undefined };
}

/** The staged model when all of it is there by its length; whoever reads the blobs hashes them. */
export async function stagedModel({ model: { name, digest } }: Wanted): Promise<StagedModel | undefined> {
  const store = new StagedStore(stagedFolder);
  const manifest = await store.manifest(name);
  if (manifest?.digest !== digest || manifest === undefined) return undefined;
  for (const blob of manifest.blobs) if ((await sizeOf(store.blob(blob.digest))) !== blob.size) return undefined;
  return { model: name, manifest, store };
}

/** Downloads what is missing of a model into the folder that images are built from, and hashes all of it. */
export async function stageModel({ registry: url, model: { name, digest } }: Wanted): Promise<StagedModel> {
  await mkdir(stagedFolder, { recursive: true });
  const store = new StagedStore(stagedFolder);
  const registry = new Registry(url);
  const staged = await store.manifest(name);
  // A staged manifest with the wanted digest says what to check; the registry is asked only when there is none.
  const manifest = staged !== undefined && staged.digest === digest ? staged : await registry.manifest(name, digest);
  const size = totalSize(manifest);
  say(`Staging ${name} (${formatBytes(size)}) in ${stagedFolder}`);
  {
    using progress = new Progress(`Staging ${name}`, size);
    for (const blob of manifest.blobs) await store.fetch(registry, name, blob, progress);
  }
  await store.writeManifest(name, manifest);
  return { model: name, manifest, store };
}
