import type { Measured } from "../docker/embedded-image.ts";
import type { ImageConfig } from "../docker/image-config.ts";
import { archiveEnd, layerFile, plainLayer } from "../docker/load-archive.ts";
import type { TarEntry } from "../docker/tar.ts";
import { saveImage, withProgress } from "./images.ts";

/** What {@link entriesOnBase} puts around a base. */
export interface ImageOnBase {
  /** What the engine calls it. */
  readonly name: string;
  /** The layer above those of the base. */
  readonly top: Measured & { readonly content: Uint8Array };
  /** Layers below them, which are not in the archive. */
  readonly below?: readonly Measured[];
  /** Text of its configuration on the base. */
  readonly configOn: (base: ImageConfig) => string;
}

/** A `docker load` archive of an image on a base that the engine has. */
export async function* entriesOnBase(base: string, image: ImageOnBase): AsyncGenerator<TarEntry> {
  const { name, top, below = [], configOn } = image;
  const saved = saveImage(base);
  for await (const layer of saved.layers()) yield withProgress(layer);
  const { config, files, descriptors } = saved.description();
  yield { header: { name: layerFile(top.digest) }, content: top.content };
  const own = [...below, top].map((layer) => [layer.digest, plainLayer(layer)] as const);
  const all = descriptors && new Map([...descriptors, ...own]);
  yield* archiveEnd({ name, config: configOn(config), files, ...(all && { descriptors: all }) });
}
