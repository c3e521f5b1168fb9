import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { modelName } from "../config/model-name.ts";
import type { StagedModel } from "../ollama/staged-store.ts";
import { ownParameters, type StagedForImage } from "./model-parameters.ts";
import { folder, foldersAbove, tar, type TarEntry } from "./tar.ts";

const licenseMediaType = "application/vnd.ollama.image.license";

/** The staged models with what an image's contents say of them, in their order. */
export function forImage(
  staged: readonly StagedModel[],
  models: readonly StagedForImage["embedded"][],
): readonly StagedForImage[] {
  return staged.map((model, index) => ({
    staged: model,
    embedded: models[index] ?? { notice: null, contextLength: null },
  }));
}

/** Licence texts that models carry in their layers, and their notices, by file name: a folder for each model. */
export async function noticesOf(models: readonly StagedForImage[]): Promise<Record<string, string>> {
  const each = await Promise.all(models.map(noticesOfModel));
  return Object.assign({}, ...each) as Record<string, string>;
}

async function noticesOfModel({
  staged: { model, manifest, store },
  embedded: { notice },
}: StagedForImage): Promise<Record<string, string>> {
  const { namespace, model: name, tag } = modelName(model);
  const place = [...(namespace === "library" ? [] : [namespace]), name, tag].join("/");
  const texts = manifest.blobs.filter((blob) => blob.mediaType === licenseMediaType);
  const licences = await Promise.all(
    texts.map(
      async ({ digest }, index) =>
        [`${place}/LICENSE${index === 0 ? "" : `.${index + 1}`}`, await readFile(store.blob(digest), "utf8")] as const,
    ),
  );
  return { ...Object.fromEntries(licences), ...(notice === null ? {} : { [`${place}/NOTICE`]: `${notice}\n` }) };
}

/** The topmost layer as an uncompressed tar: `/licenses`, and of models with parameters of their own these. */
export async function noticesLayer(models: readonly StagedForImage[]): Promise<Uint8Array> {
  const notices = Object.entries(await noticesOf(models)).map(([name, content]) => file(`licenses/${name}`, content));
  const parameters = (await Promise.all(models.map(ownParameters))).flat().map(({ path, text }) => file(path, text));
  const files = [...notices, ...parameters];
  const folders = foldersAbove(files.map(({ header }) => header.name));
  return buffer(tar([...(notices.length === 0 ? [folder("licenses")] : []), ...folders, ...files]));
}

function file(name: string, content: string): TarEntry {
  return { header: { name }, content };
}
