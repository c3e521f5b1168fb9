import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rm, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { renameDurably, syncPath, writeDurably } from "../support/durable.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { parseManifest, type Layer, type Manifest } from "./manifest.ts";
import { blobPath, manifestPath } from "./name.ts";
import { modelName } from "../config/model-name.ts";
import type { Registry } from "./registry.ts";
import { hashFile, sizeOf } from "../support/hashing.ts";
import { say } from "../support/progress.ts";

/** Told about the bytes of a blob: those found done, and those done now. */
export interface BlobProgress {
  /** Negative when a blob has to be downloaded from its start after all. */
  skip(bytes: number): void;
  add(bytes: number): void;
}

/** A model store on this machine's disk in Ollama's own layout, from which an image is built. */
export class StagedStore {
  readonly folder: string;

  /** @param folder - the folder that holds `manifests/` and `blobs/` */
  constructor(folder: string) {
    this.folder = folder;
  }

  /** Path of a blob. */
  blob(digest: string): string {
    return join(this.folder, blobPath(digest));
  }

  /** Path of a model's manifest. */
  manifestFile(model: string): string {
    return join(this.folder, manifestPath(modelName(model)));
  }

  /**
   * The staged manifest of a model.
   * @returns undefined when none is staged, or none that is whole
   */
  async manifest(model: string): Promise<Manifest | undefined> {
    const file = this.manifestFile(model);
    const text = await readFile(file, "utf8").catch(() => undefined);
    try {
      return text === undefined ? undefined : parseManifest(text, file);
    } catch (error) {
      say(`${reasonOf(error)}; it counts as not staged`);
      return undefined;
    }
  }

  /** Writes the manifest, last of all: a model that has one is complete. */
  async writeManifest(model: string, manifest: Manifest): Promise<void> {
    const file = this.manifestFile(model);
    await mkdir(dirname(file), { recursive: true });
    await writeDurably(file, manifest.text);
  }

  /**
   * Downloads a blob, or what is missing of it, and checks its digest.
   * @throws Failure when the disk is full or the content is not what the digest says
   */
  async fetch(registry: Registry, model: string, layer: Layer, progress: BlobProgress): Promise<void> {
    const file = this.blob(layer.digest);
    if ((await sizeOf(file)) === layer.size) {
      const actual = await hashFile(file, (bytes) => {
        progress.skip(bytes);
      });
      if (actual === layer.digest) return;
      progress.skip(-layer.size);
    }
    await mkdir(dirname(file), { recursive: true });
    const partial = `${file}.partial`;
    const present = Math.min((await sizeOf(partial)) ?? 0, layer.size);
    await this.#checkSpace(layer, present);
    const hash = createHash("sha256");
    const { bytes, offset } = await registry.blob(model, layer, Math.min(present, layer.size - 1));
    if (offset > 0) {
      for await (const chunk of createReadStream(partial, { end: offset - 1 })) hash.update(chunk as Uint8Array);
      progress.skip(offset);
    }
    const counted = async function* (source: AsyncIterable<Uint8Array>) {
      for await (const chunk of source) {
        hash.update(chunk);
        progress.add(chunk.length);
        yield chunk;
      }
    };
    await pipeline(bytes, counted, createWriteStream(partial, offset > 0 ? { flags: "r+", start: offset } : {})).catch(
      (error: unknown) => {
        throw new Failure(
          `Downloading ${model} from ${registry.url} stopped: ${reasonOf(error)}; run the command again, it carries on where it stopped`,
        );
      },
    );
    const actual = `sha256:${hash.digest("hex")}`;
    if (actual !== layer.digest) {
      await rm(partial);
      if (offset > 0) {
        // What an earlier run left may be damaged; only a whole download tells.
        progress.skip(-layer.size);
        return this.fetch(registry, model, layer, progress);
      }
      throw new Failure(
        `${registry.url} sent the blob ${layer.digest} of ${model} with the digest ${actual}; it was removed, run the command again`,
      );
    }
    await syncPath(partial);
    await renameDurably(partial, file);
  }

  async #checkSpace(layer: Layer, present: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder);
    if (bavail * bsize >= layer.size - present) return;
    throw new Failure(
      `The disk of ${this.folder} is full: ${bavail * bsize} bytes are free and ${layer.size - present} are needed; ` +
        "free space and run the command again, it carries on where it stopped",
    );
  }
}

/** A model in a store on disk. */
export interface StagedModel {
  readonly model: string;
  readonly manifest: Manifest;
  readonly store: StagedStore;
}
