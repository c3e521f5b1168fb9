import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { docker, tryDocker } from "../../engine/docker.ts";
import { layersOf, presentLayers } from "../../engine/layers.ts";
import { forgetLayer, layerEntry, loadImage, saveImage, type ReadableLayer } from "../../engine/images.ts";
import { say } from "../../support/progress.ts";
import { archiveEnd, ociEnd } from "../../docker/load-archive.ts";
import { Failure } from "../../support/failure.ts";
import type { Content, PackagedImage } from "../package/manifest.ts";
import { readContent, type PackageFiles } from "../package/read-content.ts";

/**
 * Makes sure that the engine has an image of a package, and streams what is missing of it from the parts.
 * @param others - names of images in the engine that may have the layers which the package leaves out
 * @throws Failure when the engine refuses it, or ends up with another image
 */
export async function loadPackagedImage(
  source: PackageFiles,
  image: PackagedImage,
  others: readonly string[],
): Promise<void> {
  const { name, layers } = image;
  const digests = layers.map(({ digest }) => digest);
  const readable = (content: Content): ReadableLayer => ({
    digest: content.digest,
    size: content.size,
    open: () => (content.files.length > 0 ? readContent(source, content) : layerInEngine(content.digest, others)),
  });
  const [lowest, ...upper] = layers.map(readable);
  if (lowest === undefined) throw new Failure(`${name} has no layers`);
  if (sameLayers(await layersOf(name), digests)) {
    say(`${name} is in the engine; nothing to load`);
    await forgetLayer(lowest.digest);
    return;
  }
  const config = await text(Readable.from(readContent(source, image.config)));
  const sizes = new Map(layers.map(({ digest, size }) => [digest, size]));
  const rest = async function* (everything: boolean) {
    const count = everything ? 1 : Math.max(1, await presentLayers(digests));
    for (const layer of upper.slice(count - 1)) yield layerEntry(layer);
    yield* archiveEnd({ name, config });
    yield* ociEnd({ name, config }, sizes);
  };
  await loadImage({ name, lowest, rest });
  if (sameLayers(await layersOf(name), digests)) return;
  await tryDocker("rmi", name);
  throw new Failure(`The engine has loaded ${name} with other layers than the package has`);
}

function sameLayers(found: readonly string[] | undefined, wanted: readonly string[]): boolean {
  return found?.length === wanted.length && wanted.every((digest, index) => found[index] === digest);
}

/** Reads a layer back out of an image in the engine, which takes a second reading: only the end tells which file it is. */
async function* layerInEngine(digest: string, images: readonly string[]): AsyncGenerator<Uint8Array> {
  const [image] = (
    await Promise.all(images.map(async (name) => ((await layersOf(name))?.includes(digest) ? name : undefined)))
  ).filter((name) => name !== undefined);
  if (image === undefined) throw new Failure(`The layer ${digest} is neither in the package nor in the engine`);
  const file = (await describe(image)).get(digest);
  for await (const { header, content } of saveImage(image).layers()) {
    if (header.name === file && content !== undefined && typeof content !== "string") {
      if (content instanceof Uint8Array) yield content;
      else yield* content;
    } else if (content !== undefined && typeof content !== "string" && !(content instanceof Uint8Array)) {
      await skip(content);
    }
  }
}

async function describe(image: string): Promise<ReadonlyMap<string, string>> {
  const saved = saveImage(image);
  for await (const { content } of saved.layers()) {
    if (content !== undefined && typeof content !== "string" && !(content instanceof Uint8Array)) await skip(content);
  }
  return saved.description().files;
}

async function skip(content: AsyncIterable<Uint8Array>): Promise<void> {
  const reader = content[Symbol.asyncIterator]();
  while (!(await reader.next()).done);
}

/** Removes images that no version needs any more; layers that others use stay. */
export async function removeImages(names: readonly string[]): Promise<void> {
  for (const name of names) {
    if ((await tryDocker("image", "inspect", name)) !== undefined) await docker("rmi", name);
  }
}
