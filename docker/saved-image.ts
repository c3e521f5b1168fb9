import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { Failure } from "../support/failure.ts";
import type { ImageConfig } from "./image-config.ts";
import { layerFile, type LayerDescriptor } from "./load-archive.ts";
import type { TarEntry } from "./tar.ts";

/** Configurations and manifests are smaller; a layer may be as well. */
const documentLimit = 1024 * 1024;

/** Where Docker puts layers: up to version 24, and from 25 on. */
const layerName = /(^|\/)layer\.tar$|^blobs\//;

/** JSON has no zero byte, and every tar has. */
const isDocument = (bytes: Uint8Array) =>
  (bytes[0] === "{".charCodeAt(0) || bytes[0] === "[".charCodeAt(0)) && !bytes.includes(0);

/** The parts of an OCI manifest that are looked at. */
interface OciManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly LayerDescriptor[];
}

/** What an image is, besides its layers. */
export interface ImageDescription {
  /** Text of its configuration, whose sha256 is its ID in an engine that stores layers. */
  readonly text: string;
  readonly config: ImageConfig;
  /** Names of its layers in the archive, by their digests. */
  readonly files: ReadonlyMap<string, string>;
  /** Their files in the words of OCI, by their digests; undefined in an archive of Docker before 25. */
  readonly descriptors: ReadonlyMap<string, LayerDescriptor> | undefined;
}

function parsed(bytes: Uint8Array): object {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as object;
  } catch {
    return {};
  }
}

/** An image as `docker save` writes it: which file is which layer is said at its end only. */
export class SavedImage {
  readonly #archive: NodeJS.ReadableStream;
  readonly #documents = new Map<string, Uint8Array>();

  constructor(archive: NodeJS.ReadableStream) {
    this.#archive = archive;
  }

  /** The layers in the order of the archive, under the archive's own names; each has to be read before the next. */
  async *layers(): AsyncGenerator<TarEntry> {
    const archive = extract();
    this.#archive.on("error", (error: Error) => {
      archive.destroy(error);
    });
    this.#archive.pipe(archive);
    for await (const entry of archive) {
      const { name, size, type, linkname } = entry.header;
      if (layerName.test(name) && (type === "symlink" || type === "link")) {
        yield { header: { name, type, ...(linkname ? { linkname } : {}) } };
      } else if (type === "file" && size > documentLimit) {
        yield { header: { name, size }, content: entry as AsyncIterable<Uint8Array> };
        continue;
      } else if (type === "file") {
        const bytes = await buffer(Readable.from(entry));
        if (isDocument(bytes)) this.#documents.set(name, bytes);
        else if (layerName.test(name)) yield { header: { name }, content: bytes };
        continue;
      }
      entry.resume();
    }
  }

  /**
   * The image's configuration, and the name in the archive of every layer by its digest; known once all layers were read.
   * @throws Failure when the archive was not one of an image
   */
  description(): ImageDescription {
    const [image] = this.#json("manifest.json") as [{ Config: string; Layers: string[] }] | [];
    if (image === undefined) throw new Failure("docker save wrote an archive without an image");
    const text = this.#text(image.Config);
    const config = JSON.parse(text) as ImageConfig;
    if (image.Layers.length !== config.rootfs.diff_ids.length)
      throw new Failure(`docker save wrote ${image.Layers.length} of ${config.rootfs.diff_ids.length} layers`);
    const files = config.rootfs.diff_ids.map((digest, index) => [digest, image.Layers[index] ?? ""] as const);
    // Docker up to 24 saves a layer that an image has twice as a file, the first, and a link to it.
    return { text, config, files: new Map(files.reverse()), descriptors: this.#descriptors(image.Config, config) };
  }

  /** Those of the manifest that has the image's configuration, since an archive may have one for each platform. */
  #descriptors(configFile: string, { rootfs }: ImageConfig): ImageDescription["descriptors"] {
    for (const bytes of this.#documents.values()) {
      const { config, layers } = parsed(bytes) as Partial<OciManifest>;
      if (config === undefined || layers === undefined || layerFile(config.digest) !== configFile) continue;
      const all = rootfs.diff_ids.map((digest, index) => [digest, layers[index]] as const);
      return new Map(all.flatMap(([digest, layer]) => (layer === undefined ? [] : [[digest, layer] as const])));
    }
    return undefined;
  }

  #json(name: string): unknown {
    return JSON.parse(this.#text(name));
  }

  #text(name: string): string {
    const bytes = this.#documents.get(name);
    if (bytes === undefined) throw new Failure(`docker save wrote an archive without ${name}`);
    return Buffer.from(bytes).toString();
  }
}
