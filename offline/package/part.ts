import { createHash, type Hash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { renameDurably } from "../../support/durable.ts";
import type { PackageFile } from "./manifest.ts";

/** One of the files that a content is split into: written, or only compared with what an earlier run wrote. */
export class Part {
  /** Bytes so far. */
  size = 0;
  readonly #file: string;
  readonly #hash: Hash = createHash("sha256");
  /** Undefined when the part is only compared. */
  readonly #handle: FileHandle | undefined;

  private constructor(file: string, handle: FileHandle | undefined) {
    this.#file = file;
    this.#handle = handle;
  }

  /** @param compare - whether the file is there already */
  static async open(file: string, compare: boolean): Promise<Part> {
    return new Part(file, compare ? undefined : await open(`${file}.partial`, "w"));
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.size += bytes.length;
    await this.#handle?.writeFile(bytes);
  }

  /** Makes the file appear under its name, once it is safely on the disk. */
  async finish(): Promise<PackageFile> {
    if (this.#handle !== undefined) {
      await this.#handle.sync();
      await this.#handle.close();
      await renameDurably(`${this.#file}.partial`, this.#file);
    }
    return { size: this.size, sha256: this.#hash.digest("hex") };
  }

  /** Gives up, and leaves no open file behind. */
  async abort(): Promise<void> {
    await this.#handle?.close();
  }
}
