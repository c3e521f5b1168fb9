import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { modelName } from "../config/model-name.ts";
import type { Layer } from "../ollama/manifest.ts";
import { blobPath, manifestPath } from "../ollama/name.ts";
import { modelsPath } from "../ollama/server.ts";
import type { StagedModel, StagedStore } from "../ollama/staged-store.ts";
import { Failure } from "../support/failure.ts";
import { sizeOf } from "../support/hashing.ts";
import { foldersAbove, tar, type TarEntry } from "./tar.ts";

/** A model with the blobs of it that are in its own layer. */
export interface ModelLayer<Model, Blob> {
  readonly model: Model;
  readonly own: readonly Blob[];
}

/** Bytes from which on a blob is shared; a licence that several models have is no reason to send a model's layer again. */
const sharedFrom = 1024 * 1024;

/**
 * What is in the layer of each model: a large blob that several have is in the lowest of theirs.
 * @param least - bytes from which on a blob is in one layer alone
 */
export function modelLayers<
  Blob extends { readonly digest: string; readonly size: number },
  Model extends { readonly blobs: readonly Blob[] },
>(
  models: readonly (Model & { readonly blobs: readonly Blob[] })[],
  least = sharedFrom,
): readonly ModelLayer<Model, Blob>[] {
  return models.map((model, index) => {
    const below = new Set(models.slice(0, index).flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
    return { model, own: model.blobs.filter(({ digest, size }) => size < least || !below.has(digest)) };
  });
}

/** A staged model with the blobs of it that are in its own layer. */
export interface StagedLayer {
  readonly staged: StagedModel;
  readonly own: readonly Layer[];
}

/** As {@link modelLayers}, of staged models. */
export function stagedLayers(models: readonly StagedModel[]): readonly StagedLayer[] {
  return modelLayers(models.map((staged) => ({ staged, blobs: staged.manifest.blobs }))).map(
    ({ model: { staged }, own }) => ({ staged, own }),
  );
}

/**
 * The layer with a model's weights as an uncompressed tar: `/models` with one model, and never the server's private key.
 *
 * The same model gives the same bytes everywhere. Every blob is hashed on its way.
 * @throws Failure, from the reading, that names a blob which is missing or damaged, and its model
 */
export function weightsLayer({ staged, own }: StagedLayer): AsyncIterable<Uint8Array> {
  const { model, manifest } = staged;
  const root = modelsPath.slice(1);
  const manifestEntry = `${root}/${manifestPath(modelName(model))}`;
  const blobs = own.map((blob) => ({ blob, name: `${root}/${blobPath(blob.digest)}` }));
  const entries: TarEntry[] = [
    ...foldersAbove([manifestEntry, ...blobs.map(({ name }) => name)]),
    { header: { name: manifestEntry }, content: manifest.text },
    ...blobs.map(({ blob, name }) => ({ header: { name, size: blob.size }, content: readBlob(staged, blob) })),
  ];
  return tar(entries);
}

async function* readBlob(
  { model, store }: { readonly model: string; readonly store: StagedStore },
  { digest, size }: Layer,
): AsyncGenerator<Uint8Array> {
  const file = store.blob(digest);
  const blob = `The blob ${digest} of ${model}`;
  const length = await sizeOf(file);
  if (length === undefined) throw new Failure(`${blob} is missing in ${store.folder}`);
  if (length !== size) throw new Failure(`${blob} in ${store.folder} is damaged: it has ${length} of ${size} bytes`);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Uint8Array);
    yield chunk as Uint8Array;
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest)
    throw new Failure(`${blob} in ${store.folder} is damaged: its content has the digest ${actual}`);
}
