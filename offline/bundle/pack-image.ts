import { Progress } from "../../support/progress.ts";
import { embeddedConfig } from "../../docker/embedded-image.ts";
import { imageName, layout, type ImageContents } from "../../docker/identity.ts";
import { forImage, noticesLayer } from "../../docker/notices-layer.ts";
import type { ProgramParts } from "../../docker/program-image.ts";
import { modelLayers, stagedLayers, weightsLayer, type StagedLayer } from "../../docker/weights-layer.ts";
import { type StagedModel } from "../../ollama/staged-store.ts";
import { totalSize } from "../../ollama/manifest.ts";
import { sha256 } from "../../support/hashing.ts";
import { contentsOf, type Content, type PackagedImage, type ReadManifest } from "../package/manifest.ts";
import { shortDigest } from "../../support/hashing.ts";
import type { PackageWriter } from "../package/package-writer.ts";
import { packBaseLayers } from "./base-layers.ts";

/** What a host has already, by digest, with no files in the package. */
export function contentsOn(host: ReadManifest): (digest: string) => Content | undefined {
  const known = new Map(contentsOf(host).map((content) => [content.digest, { ...content, files: [] }]));
  return (digest) => known.get(digest);
}

/**
 * Packs the image with the models inside straight from the staged models and the base: it does not pass through the engine.
 * @param since - the package that the host has, whose contents are left out
 * @throws Failure that names a blob which is missing or damaged
 */
export async function packEmbeddedImage(
  writer: PackageWriter,
  contents: ImageContents,
  staged: readonly StagedModel[],
  since: ReadManifest | undefined,
): Promise<PackagedImage> {
  const known = knownContents(writer, since);
  const weights: Content[] = [];
  for (const layer of stagedLayers(staged)) weights.push(weightsOn(since, layer) ?? (await packWeights(writer, layer)));
  const base = await packBaseLayers(writer, contents.baseImage, known);
  const bytes = await noticesLayer(forImage(staged, contents.models));
  const notices = await packSmallLayer(writer, bytes, known);
  const text = embeddedConfig(base.config, contents, {
    weights: weights.map(({ digest }) => digest),
    notices: notices.digest,
  });
  return describeImage(writer, imageName(contents), text, [...weights, ...base.layers, notices]);
}

/** An image of the gateway, as a package brings it. */
export interface GatewayImage {
  /** Name by which the stack looks for it. */
  readonly name: string;
  /** Image in the engine that it is, or that it is made on. */
  readonly source: string;
  /**
   * What is put on that.
   * @default - nothing
   */
  readonly parts?: ProgramParts;
}

/** Packs an image of the gateway from what the engine has; the engine need not have the image itself. */
export async function packGatewayImage(
  writer: PackageWriter,
  { name, source, parts }: GatewayImage,
  since: ReadManifest | undefined,
): Promise<PackagedImage> {
  const known = knownContents(writer, since);
  const { text, config, layers } = await packBaseLayers(writer, source, known);
  if (parts === undefined) return describeImage(writer, name, text, layers);
  const top = await packSmallLayer(writer, parts.layer.content, known);
  return describeImage(writer, name, parts.configOn(config), [...layers, top]);
}

async function packSmallLayer(
  writer: PackageWriter,
  bytes: Uint8Array,
  known: ReturnType<typeof knownContents>,
): Promise<Content> {
  const digest = sha256(bytes);
  const kept = await keptContent(writer, await known(digest));
  return kept ?? writer.writeCompressed(`images/layers/${shortDigest(digest)}.tar.zst`, once(bytes));
}

async function keptContent(writer: PackageWriter, content: Content | undefined): Promise<Content | undefined> {
  if (content !== undefined) await writer.keep(content);
  return content;
}

/** Finds what need not be written: the host has it, or an earlier run has written it. */
export function knownContents(writer: PackageWriter, since: ReadManifest | undefined) {
  const omitted = since && contentsOn(since);
  return async (digest: string) => omitted?.(digest) ?? (await writer.kept(digest));
}

async function describeImage(
  writer: PackageWriter,
  name: string,
  text: string,
  layers: readonly Content[],
): Promise<PackagedImage> {
  const bytes = Buffer.from(text);
  const id = sha256(bytes);
  const config = await writer.writePlain(`images/${shortDigest(id)}.json`, () => once(bytes));
  return { name, id, config, layers };
}

/** The layer of a model depends on nothing but the model and which of its blobs are in it, so that the host may have the same. */
export function weightsOn(since: ReadManifest | undefined, layer: StagedLayer): Content | undefined {
  if (since?.layout !== layout) return undefined;
  const { model, manifest } = layer.staged;
  const blobs = digestsOf(layer.own);
  const index = modelLayers(since.models).findIndex(
    ({ model: { name, digest }, own }) => name === model && digest === manifest.digest && digestsOf(own) === blobs,
  );
  const weights = since.images[0]?.layers[index];
  return weights && { ...weights, files: [] };
}

/** Where the layer of a model is written, which is known before its digest. */
export function weightsPath({ staged: { model, manifest }, own }: StagedLayer): string {
  const shared = manifest.blobs.length - own.length;
  // What is left out of it decides what it is.
  const blobs = shared === 0 ? "" : ` ${digestsOf(own)}`;
  return `images/layers/${shortDigest(sha256(`${layout} ${model}@${manifest.digest}${blobs}`))}.tar`;
}

function digestsOf(blobs: readonly { readonly digest: string }[]): string {
  return blobs.map(({ digest }) => digest).join(" ");
}

async function packWeights(writer: PackageWriter, layer: StagedLayer): Promise<Content> {
  const path = weightsPath(layer);
  const kept = await keptContent(writer, await writer.keptAt(path));
  if (kept !== undefined) return kept;
  using progress = new Progress(`Packing ${layer.staged.model}`, totalSize({ blobs: layer.own }));
  const counted = async function* () {
    for await (const chunk of weightsLayer(layer)) {
      progress.add(chunk.length);
      yield chunk;
    }
  };
  return await writer.writePlain(path, counted);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
