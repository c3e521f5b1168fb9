import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { docker } from "../../engine/docker.ts";
import { saveImage, withProgress } from "../../engine/images.ts";
import { stagedFolder } from "../../ollama/staged-folder.ts";
import type { ImageConfig } from "../../docker/image-config.ts";
import { writeDurably } from "../../support/durable.ts";
import { Failure } from "../../support/failure.ts";
import { type Content } from "../package/manifest.ts";
import { shortDigest } from "../../support/hashing.ts";
import type { PackageWriter } from "../package/package-writer.ts";

/** An image in the engine, as far as a package needs it. */
export interface PackagedBase {
  readonly config: ImageConfig;
  /** Text of the configuration. */
  readonly text: string;
  /** Lowest first. */
  readonly layers: readonly Content[];
}

/** Where the configuration of an image is kept, so that an image whose layers are packed need not be saved again. */
function configFile(imageId: string): string {
  return join(dirname(stagedFolder), "bases", `${shortDigest(imageId)}.json`);
}

/**
 * Writes the layers of an image in the engine, unless all of them are there already.
 * @param known - finds a layer that is packed, or that need not be
 */
export async function packBaseLayers(
  writer: PackageWriter,
  image: string,
  known: (digest: string) => Promise<Content | undefined>,
): Promise<PackagedBase> {
  const id = await idOf(image);
  const whole = await knownBase(image, known);
  if (whole !== undefined) {
    for (const layer of whole.layers) await writer.keep(layer);
    return whole;
  }
  const saved = saveImage(image);
  const packed: Content[] = [];
  for await (const entry of saved.layers()) {
    const { content } = withProgress(entry, `Packing a layer of ${image}`);
    if (content === undefined || typeof content === "string") continue;
    const path = `images/layers/${shortDigest(id)}-${packed.length}.tar.zst`;
    const bytes = content instanceof Uint8Array ? Readable.from([content]) : content;
    packed.push(await writer.writeCompressed(path, uncompressed(bytes)));
  }
  const { text, config } = saved.description();
  await mkdir(dirname(configFile(id)), { recursive: true });
  await writeDurably(configFile(id), text);
  const layers: Content[] = [];
  for (const content of config.rootfs.diff_ids.map((digest) => packed.find((layer) => layer.digest === digest))) {
    if (content === undefined) throw new Failure(`docker save wrote ${image} without one of its layers`);
    const elsewhere = await known(content.digest);
    // Which layer is which is known only now, so one that need not be carried was written as well.
    if (elsewhere?.files.length === 0) await writer.remove(content);
    layers.push(elsewhere ?? content);
  }
  return { text, config, layers };
}

/** An image none of whose layers have to be written; undefined when one has. */
export async function knownBase(
  image: string,
  known: (digest: string) => Promise<Content | undefined>,
): Promise<PackagedBase | undefined> {
  const kept = await keptConfig(await idOf(image));
  if (kept === undefined) return undefined;
  const layers = await Promise.all(kept.config.rootfs.diff_ids.map(known));
  return layers.every((layer) => layer !== undefined) ? { ...kept, layers } : undefined;
}

function idOf(image: string): Promise<string> {
  return docker("image", "inspect", "--format", "{{.Id}}", image);
}

/** The configuration of an image as it was kept; undefined when it was not, or is not whole. */
async function keptConfig(id: string): Promise<Pick<PackagedBase, "text" | "config"> | undefined> {
  try {
    const text = await readFile(configFile(id), "utf8");
    return { text, config: JSON.parse(text) as ImageConfig };
  } catch {
    return undefined;
  }
}

/** An engine with containerd's store saves layers as they were downloaded. */
async function* uncompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader: AsyncIterator<Uint8Array, unknown> = source[Symbol.asyncIterator]();
  const first = await reader.next();
  if (first.done) return;
  const whole = async function* () {
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => reader };
  };
  const magic = Buffer.from(first.value.subarray(0, 4)).toString("hex");
  if (magic.startsWith("1f8b")) yield* pipeline(whole(), createGunzip(), () => undefined);
  else if (magic === "28b52ffd") yield* pipeline(whole(), createZstdDecompress(), () => undefined);
  else yield* whole();
}
