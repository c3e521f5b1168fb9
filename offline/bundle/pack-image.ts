import { Progress } from "../../commands/support/progress.ts";
import { embeddedConfig } from "../../docker/embedded-image.ts";
import { imageName, type ImageContents } from "../../docker/identity.ts";
import { noticesLayer, noticesOf } from "../../docker/notices-layer.ts";
import { weightsLayer, type StagedModel } from "../../docker/weights-layer.ts";
import { sha256, totalSize } from "../../ollama/manifest.ts";
import { contentsOf, shortDigest, type Content, type PackagedImage, type ReadManifest } from "../package/manifest.ts";
import type { PackageWriter } from "../package/package-writer.ts";
import { packBaseLayers } from "./base-layers.ts";

/** What a host has already, by digest, with no files in the package. */
export function contentsOn(host: ReadManifest): (digest: string) => Content | undefined {
  const known = new Map(contentsOf(host).map((content) => [content.digest, { ...content, files: [] }]));
  return (digest) => known.get(digest);
}

/**
 * Packs the image with the model inside straight from the staged model and the base: it does not pass through the engine.
 * @param since - the package that the host has, whose contents are left out
 * @throws Failure that names a blob which is missing or damaged
 */
export async function packEmbeddedImage(
  writer: PackageWriter,
  contents: ImageContents,
  staged: StagedModel,
  since: ReadManifest | undefined,
): Promise<PackagedImage> {
  const omitted = since && contentsOn(since);
  const known = async (digest: string) => omitted?.(digest) ?? (await writer.kept(digest));
  const weights = weightsOn(since, staged) ?? (await packWeights(writer, staged));
  const base = await packBaseLayers(writer, contents.baseImage, known);
  const bytes = await noticesLayer(await noticesOf(staged, contents.notice));
  const notices =
    (await known(sha256(bytes))) ??
    (await writer.writeCompressed(`images/layers/${shortDigest(sha256(bytes))}.tar.zst`, once(bytes)));
  const text = Buffer.from(embeddedConfig(base.config, contents, { weights: weights.digest, notices: notices.digest }));
  const id = sha256(text);
  const config = await writer.writePlain(`images/${shortDigest(id)}.json`, () => once(text));
  return { name: imageName(contents), id, config, layers: [weights, ...base.layers, notices] };
}

/** The layer of the weights depends on nothing but the model, so the same model on the host is the same layer. */
function weightsOn(since: ReadManifest | undefined, { model, manifest }: StagedModel): Content | undefined {
  if (since?.model.name !== model || since.model.digest !== manifest.digest) return undefined;
  const weights = since.images[0]?.layers[0];
  return weights && { ...weights, files: [] };
}

async function packWeights(writer: PackageWriter, staged: StagedModel): Promise<Content> {
  const { model, manifest } = staged;
  const path = `images/layers/${shortDigest(sha256(`${model}@${manifest.digest}`))}.tar`;
  const kept = await writer.keptAt(path);
  if (kept !== undefined) return kept;
  using progress = new Progress(`Packing ${model}`, totalSize(manifest));
  const counted = async function* () {
    for await (const chunk of weightsLayer(staged)) {
      progress.add(chunk.length);
      yield chunk;
    }
  };
  return await writer.writePlain(path, counted);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
