import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { engineImageName } from "../../docker/identity.ts";
import { docker } from "../../engine/docker.ts";
import { saveImage, withProgress } from "../../engine/images.ts";
import { layersOf } from "../../engine/layers.ts";
import { stagedFolder } from "../../ollama/staged-folder.ts";
import type { ImageConfig } from "../../docker/image-config.ts";
import { uncompressed } from "../../docker/uncompressed.ts";
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
  const prefix = `images/layers/${shortDigest(id)}-`;
  // Looked for before they are written as well: which layer is which is known only in the end.
  const elsewhere = new Map<string, Content>();
  for (const digest of (await layersOf(engineImageName(image))) ?? []) {
    const content = await known(digest);
    if (content?.files.every((path) => !path.startsWith(prefix))) elsewhere.set(digest, content);
  }
  const saved = saveImage(engineImageName(image));
  const packed: Content[] = [];
  for await (const entry of saved.layers()) {
    const { content } = withProgress(entry, `Packing a layer of ${image}`);
    if (content === undefined || typeof content === "string") continue;
    const path = `${prefix}${packed.length}.tar.zst`;
    const bytes = content instanceof Uint8Array ? Readable.from([content]) : content;
    packed.push(await writer.writeCompressed(path, uncompressed(bytes)));
  }
  const { text, config } = saved.description();
  await mkdir(dirname(configFile(id)), { recursive: true });
  await writeDurably(configFile(id), text);
  const layers: Content[] = [];
  for (const content of config.rootfs.diff_ids.map((digest) => packed.find((layer) => layer.digest === digest))) {
    if (content === undefined) throw new Failure(`docker save wrote ${image} without one of its layers`);
    const other = elsewhere.get(content.digest);
    if (other !== undefined) await writer.replace(content, other);
    layers.push(other ?? content);
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
  return docker("image", "inspect", "--format", "{{.Id}}", engineImageName(image));
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
