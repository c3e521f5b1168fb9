import { text } from "node:stream/consumers";
import { Readable } from "node:stream";
import { tryDocker } from "../../engine/docker.ts";
import { keepImage, ownName, releaseImage, shareImage } from "../../engine/image-owners.ts";
import { isWhole, layersOf, presentLayers } from "../../engine/layers.ts";
import {
  describeImage,
  forgetLayer,
  layerEntry,
  loadImage,
  saveImage,
  skip,
  type ReadableLayer,
} from "../../engine/images.ts";
import { say } from "../../support/progress.ts";
import { archiveEnd, plainLayer } from "../../docker/load-archive.ts";
import { uncompressed } from "../../docker/uncompressed.ts";
import { Failure } from "../../support/failure.ts";
import type { Content, PackagedImage } from "../package/manifest.ts";
import { readContent, readFiles, type PackageFiles } from "../package/read-content.ts";

/**
 * Makes sure that the engine has an image of a package, and streams what is missing of it from the parts.
 * @param others - names of images in the engine that may have the layers which the package leaves out
 * @param owner - whose it becomes; nobody's in particular when a checkout rehearses it
 * @throws Failure when the engine refuses it, or ends up with another image
 */
export async function loadPackagedImage(
  source: PackageFiles,
  image: PackagedImage,
  others: readonly string[],
  owner?: string,
): Promise<void> {
  const { name, layers } = image;
  const digests = layers.map(({ digest }) => digest);
  const readable = (content: Content): ReadableLayer => ({
    digest: content.digest,
    size: content.size,
    // The engine hashes layers itself.
    open: () => (content.files.length > 0 ? readFiles(source, content) : layerInEngine(content.digest, others)),
  });
  const [lowest, ...upper] = layers.map(readable);
  if (lowest === undefined) throw new Failure(`${name} has no layers`);
  if (sameLayers(await layersOf(name), digests) && (await isWhole(name))) {
    say(`${name} is in the engine; nothing to load`);
    await forgetLayer(lowest.digest, owner);
    if (owner !== undefined) await shareImage(name, owner);
    return;
  }
  const config = await text(Readable.from(readContent(source, image.config)));
  const descriptors = new Map(layers.map((layer) => [layer.digest, plainLayer(layer)]));
  const rest = async function* (everything: boolean) {
    const count = everything ? 1 : Math.max(1, await presentLayers(digests));
    for (const layer of upper.slice(count - 1)) yield layerEntry(layer);
    yield* archiveEnd({ name, ownName: owner && ownName(name, owner), config, descriptors });
  };
  await loadImage({ name, owner, lowest, rest });
  // One that is called as earlier packages called it, and was left by a killed run.
  await forgetLayer(lowest.digest);
  if (owner !== undefined) await keepImage(name, owner);
  if (sameLayers(await layersOf(name), digests)) return;
  await (owner === undefined ? tryDocker("rmi", name) : releaseImage(name, owner));
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
  const file = (await describeImage(image)).files.get(digest);
  for await (const { header, content } of saveImage(image).layers()) {
    if (header.name === file && content !== undefined && typeof content !== "string")
      yield* uncompressed(content instanceof Uint8Array ? Readable.from([content]) : content);
    else await skip(content);
  }
}

/**
 * Removes images that no version of an owner needs any more.
 * @returns those that stay, as something else uses them; why was said
 */
export async function removeImages(names: readonly string[], owner: string): Promise<string[]> {
  const staying: string[] = [];
  for (const name of names) {
    const reason = await releaseImage(name, owner);
    if (reason === undefined) continue;
    say(`The image ${name} stays: ${reason}`);
    staying.push(name);
  }
  return staying;
}
