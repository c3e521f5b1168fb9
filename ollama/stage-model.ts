import { mkdir } from "node:fs/promises";
import { formatBytes } from "../support/units.ts";
import type { StagedModel } from "./staged-store.ts";
import { totalSize } from "./manifest.ts";
import { Registry } from "./registry.ts";
import { StagedStore } from "./staged-store.ts";
import { sizeOf } from "../support/hashing.ts";
import { Progress, say } from "../support/progress.ts";
import { stagedFolder } from "./staged-folder.ts";

/** Which models, and where they come from. */
export interface Wanted {
  readonly registry: string;
  readonly models: readonly WantedModel[];
}

interface WantedModel {
  readonly name: string;
  readonly digest: string | undefined;
}

/** The staged models, each when all of it is there by its length, downloaded otherwise; whoever reads the blobs hashes them. */
export async function stagedOrStage({ registry, models }: Wanted): Promise<StagedModel[]> {
  const staged: StagedModel[] = [];
  for (const model of models) staged.push((await stagedModel(model)) ?? (await stageModel(registry, model)));
  return staged;
}

/** Downloads what is missing of models into the folder that images are built from, and hashes all of them. */
export async function stageModels({ registry, models }: Wanted): Promise<StagedModel[]> {
  const staged: StagedModel[] = [];
  for (const model of models) staged.push(await stageModel(registry, model));
  return staged;
}

async function stagedModel({ name, digest }: WantedModel): Promise<StagedModel | undefined> {
  const store = new StagedStore(stagedFolder);
  const manifest = await store.manifest(name);
  if (manifest?.digest !== digest || manifest === undefined) return undefined;
  for (const blob of manifest.blobs) if ((await sizeOf(store.blob(blob.digest))) !== blob.size) return undefined;
  return { model: name, manifest, store };
}

async function stageModel(url: string, { name, digest }: WantedModel): Promise<StagedModel> {
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
