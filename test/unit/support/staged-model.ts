import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseManifest, type Manifest } from "../../../ollama/manifest.ts";
import { StagedStore } from "../../../ollama/staged-store.ts";
import { contentOf, testModel } from "./model.ts";
import { tempFolder } from "./temp-folder.ts";

/** A store with the test model and its manifest. */
export async function stagedModel(): Promise<{ store: StagedStore; manifest: Manifest }> {
  const store = new StagedStore(tempFolder());
  const manifest = parseManifest(testModel.text, "test");
  await mkdir(join(store.folder, "blobs"));
  for (const blob of manifest.blobs) writeFileSync(store.blob(blob.digest), contentOf(blob));
  await store.writeManifest(testModel.name, manifest);
  return { store, manifest };
}
