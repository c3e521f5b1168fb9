import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest, type Manifest } from "../../../ollama/manifest.ts";
import { StagedStore, type StagedModel } from "../../../ollama/staged-store.ts";
import { contentOf, secondModel, testModel, type TestModel } from "./model.ts";
import { tempFolder } from "./temp-folder.ts";

/** A store with the test model and its manifest. */
export async function stagedModel(): Promise<{ store: StagedStore; manifest: Manifest }> {
  const [{ store, manifest }] = await stagedOf(testModel);
  return { store, manifest };
}

/** The two test models in one store, in their order. */
export async function stagedModels(): Promise<[StagedModel, StagedModel]> {
  const [first, second] = await stagedOf(testModel, secondModel);
  if (second === undefined) throw new Error("the second test model is not staged");
  return [first, second];
}

async function stagedOf(...models: [TestModel, ...TestModel[]]): Promise<[StagedModel, ...StagedModel[]]> {
  const store = new StagedStore(tempFolder());
  await mkdir(join(store.folder, "blobs"));
  const stage = async ({ name, text }: TestModel): Promise<StagedModel> => {
    const manifest = parseManifest(text, "test");
    for (const blob of manifest.blobs) writeFileSync(store.blob(blob.digest), contentOf(blob));
    await store.writeManifest(name, manifest);
    return { model: name, manifest, store };
  };
  const [first, ...others] = models;
  return [await stage(first), ...(await Promise.all(others.map(stage)))];
}
