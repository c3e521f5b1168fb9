import { readFile } from "node:fs/promises";
import { modelName, originalName } from "../config/model-name.ts";
import { blobPath, manifestPath } from "../ollama/name.ts";
import { modelsPath } from "../ollama/server.ts";
import { sha256 } from "../support/hashing.ts";
import type { StagedModel } from "../ollama/staged-store.ts";
import type { EmbeddedModel } from "./identity.ts";

const parametersMediaType = "application/vnd.ollama.image.params";

/** A model that is staged, and how it is embedded. */
export interface StagedForImage {
  readonly staged: StagedModel;
  readonly embedded: Pick<EmbeddedModel, "notice" | "contextLength">;
}

/** A file of a model store, by its path from the root. */
interface StoreFile {
  readonly path: string;
  readonly text: string;
}

/** The parts of a manifest that are changed here; the others stay as they are. */
interface ManifestText {
  readonly layers?: readonly { readonly mediaType: string; readonly digest: string; readonly size: number }[];
}

/**
 * What a model store has more of a model with a context of its own: its manifest with that as a parameter, as
 * `ollama create` makes it, and the one that was pulled under its second name. None for other models.
 */
export async function ownParameters({ staged, embedded }: StagedForImage): Promise<readonly StoreFile[]> {
  const { contextLength } = embedded;
  if (contextLength === null) return [];
  const { model, manifest, store } = staged;
  const { layers = [], ...rest } = JSON.parse(manifest.text) as ManifestText;
  const found = layers.find(({ mediaType }) => mediaType === parametersMediaType);
  const before = found === undefined ? {} : (JSON.parse(await readFile(store.blob(found.digest), "utf8")) as object);
  const text = JSON.stringify({ ...before, num_ctx: contextLength });
  const own = { mediaType: parametersMediaType, digest: sha256(text), size: Buffer.byteLength(text) };
  const changed = [...layers.filter((layer) => layer !== found), own];
  return [
    { path: inStore(manifestPath(modelName(model))), text: JSON.stringify({ ...rest, layers: changed }) },
    { path: inStore(manifestPath(modelName(originalName(model)))), text: manifest.text },
    { path: inStore(blobPath(own.digest)), text },
  ];
}

function inStore(path: string): string {
  return `${modelsPath.slice(1)}/${path}`;
}
