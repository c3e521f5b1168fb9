import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { modelsPath } from "../ollama/server.ts";
import { Failure } from "../support/failure.ts";
import type { Layer } from "../ollama/manifest.ts";
import { blobPath, manifestPath } from "../ollama/name.ts";
import { modelName } from "../config/model-name.ts";
import { type StagedStore } from "../ollama/staged-store.ts";
import { sizeOf } from "../support/hashing.ts";
import { foldersAbove, tar, type TarEntry } from "./tar.ts";
import type { StagedModel } from "../ollama/staged-store.ts";

/**
 * The layer with a model's weights as an uncompressed tar: `/models` with one model, and never the server's private key.
 *
 * The same model gives the same bytes everywhere. Every blob is hashed on its way.
 * @throws Failure, from the reading, that names a blob which is missing or damaged
 */
export function weightsLayer({ model, manifest, store }: StagedModel): AsyncIterable<Uint8Array> {
  const root = modelsPath.slice(1);
  const manifestEntry = `${root}/${manifestPath(modelName(model))}`;
  const blobs = manifest.blobs.map((blob) => ({ blob, name: `${root}/${blobPath(blob.digest)}` }));
  const entries: TarEntry[] = [
    ...foldersAbove([manifestEntry, ...blobs.map(({ name }) => name)]),
    { header: { name: manifestEntry }, content: manifest.text },
    ...blobs.map(({ blob, name }) => ({ header: { name, size: blob.size }, content: readBlob(store, blob) })),
  ];
  return tar(entries);
}

async function* readBlob(store: StagedStore, { digest, size }: Layer): AsyncGenerator<Uint8Array> {
  const file = store.blob(digest);
  const length = await sizeOf(file);
  if (length === undefined) throw new Failure(`The blob ${digest} is missing in ${store.folder}`);
  if (length !== size)
    throw new Failure(`The blob ${digest} in ${store.folder} is damaged: it has ${length} of ${size} bytes`);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Uint8Array);
    yield chunk as Uint8Array;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest)
    throw new Failure(`The blob ${digest} in ${store.folder} is damaged: its content has the digest ${actual}`);
}
