import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest, type Manifest } from "../../../ollama/manifest.ts";
import { StagedStore, type StagedModel } from "../../../ollama/staged-store.ts";
import { secondModel, testModel, withZeros, type TestModel } from "./model.ts";
import { tempFolder } from "./temp-folder.ts";

/** A store with the test model and its manifest. */
export async function stagedModel(): Promise<{ store: StagedStore; manifest: Manifest }> {
  const [{ store, manifest }] = await stagedOf(testModel);
  return { store, manifest };
}

/** The two test models in one store, in their order. */
export function stagedModels(): Promise<[StagedModel, StagedModel]> {
  return stagedPair(testModel, secondModel);
}

/** As {@link stagedModels}, with a blob of zeros that both have. */
export function stagedWithZeros(size: number): Promise<[StagedModel, StagedModel]> {
  return stagedPair(withZeros(testModel, size), withZeros(secondModel, size));
}

async function stagedPair(...models: [TestModel, TestModel]): Promise<[StagedModel, StagedModel]> {
  const [first, second] = await stagedOf(...models);
  if (second === undefined) throw new Error("the second test model is not staged");
  return [first, second];
}

async function stagedOf(...models: [TestModel, ...TestModel[]]): Promise<[StagedModel, ...StagedModel[]]> {
  const store = new StagedStore(tempFolder());
  await mkdir(join(store.folder, "blobs"));
  const stage = async ({ name, text, content }: TestModel): Promise<StagedModel> => {
    const manifest = parseManifest(text, "test");
    for (const [digest, bytes] of Object.entries(content)) writeFileSync(store.blob(digest), bytes);
    await store.writeManifest(name, manifest);
    return { model: name, manifest, store };
  };
  const [first, ...others] = models;
  return [await stage(first), ...(await Promise.all(others.map(stage)))];
}
