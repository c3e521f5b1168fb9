import { createHash } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { pipeline } from "node:stream";
import { buffer } from "node:stream/consumers";
import { constants, createZstdCompress } from "node:zlib";
import { syncPath, writeDurably } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { sizeOf } from "../../support/hashing.ts";
import { Journal, journalName } from "./journal.ts";
import { manifestName, readManifest, type Content, type PackageFile } from "./manifest.ts";
import { Part } from "./part.ts";

type Bytes = AsyncIterable<Uint8Array>;

/**
 * Makes sure that a folder is there and may become a package.
 * @throws Failure when it holds something else
 */
export async function packageFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const present = await readdir(folder);
  if (present.length > 0 && !(await isPackage(folder, present)))
    throw new Failure(
      `${folder} holds other files (${present.slice(0, 3).join(", ")}): name a folder of the package's own`,
      exitStatus.refused,
    );
}

/** Whether a folder has an account of a package that is being made, or the manifest of a whole one; others have such names too. */
async function isPackage(folder: string, present: readonly string[]): Promise<boolean> {
  if (present.includes(journalName)) return true;
  return readManifest(folder).then(
    () => true,
    () => false,
  );
}

/** Folders of a package that hold nothing but the parts of its contents. */
const partFolders = /^(images|tools)\//;

/** Writes the files of a package into its folder, none longer than a part, and goes on where an earlier run stopped. */
export class PackageWriter {
  readonly #folder: string;
  readonly #partSize: number;
  readonly #journal: Journal;
  #files: Record<string, PackageFile> = {};

  private constructor(folder: string, partSize: number, journal: Journal) {
    this.#folder = folder;
    this.#partSize = partSize;
    this.#journal = journal;
  }

  /** Looks at what is in a folder; nothing is changed before {@link begin}. */
  static async look(folder: string, partSize: number): Promise<PackageWriter> {
    return new PackageWriter(folder, partSize, await Journal.read(folder));
  }

  /** Begins a package, or goes on with one, with all that is there. */
  static async open(folder: string, partSize: number): Promise<PackageWriter> {
    const writer = await PackageWriter.look(folder, partSize);
    await writer.#journal.begin();
    return writer;
  }

  /**
   * Begins a package, or goes on with one; a finished package in the folder is none from here on.
   * @param staying - paths of parts that this run uses; the others give their room back before anything is written
   */
  async begin(staying: readonly string[]): Promise<void> {
    await this.#journal.begin();
    for (const { path } of await this.leaving(staying)) await rm(join(this.#folder, path));
  }

  /** The parts in the folder that {@link begin} removes, with their sizes in bytes. */
  async leaving(staying: readonly string[]): Promise<{ path: string; size: number }[]> {
    const paths = (await this.#paths()).filter((path) => partFolders.test(path) && !staying.includes(path));
    return Promise.all(paths.map(async (path) => ({ path, size: (await sizeOf(join(this.#folder, path))) ?? 0 })));
  }

  /** Paths of all files in the folder. */
  async #paths(): Promise<string[]> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) =>
      entry.isFile() ? [relative(this.#folder, join(entry.parentPath, entry.name))] : [],
    );
  }

  /** What was written or kept, by path. */
  get files(): Readonly<Record<string, PackageFile>> {
    return this.#files;
  }

  /** Writes a small file. */
  async writeFile(path: string, content: string | Uint8Array): Promise<void> {
    const bytes = Buffer.from(content);
    await mkdir(dirname(join(this.#folder, path)), { recursive: true });
    await writeDurably(join(this.#folder, path), bytes);
    this.#files[path] = { size: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  }

  /** A content that an earlier run wrote whole, undefined when there is none; the package has it after {@link keep}. */
  async kept(digest: string): Promise<Content | undefined> {
    return this.#usable(await this.#journal.content(digest));
  }

  /** As {@link kept}, by the path that a content was written to. */
  async keptAt(path: string): Promise<Content | undefined> {
    return this.#usable(await this.#journal.contentAt(path));
  }

  /** Takes a content that was {@link kept} into the package. */
  async keep({ files }: Content): Promise<void> {
    for (const path of files) {
      const file = await this.#journal.file(path);
      if (file !== undefined) this.#files[path] = file;
    }
  }

  /** Bytes of a file that an earlier run wrote whole. */
  async sizeOfKept(path: string): Promise<number> {
    return (await this.#journal.file(path))?.size ?? 0;
  }

  /** The first parts of a content that an earlier run has not written to its end, for as long as they are as this run writes them. */
  async keptParts(path: string): Promise<string[]> {
    const parts: string[] = [];
    for (;;) {
      const name = partName(path, parts.length);
      if ((await this.#journal.file(name))?.size !== this.#partSize) return parts;
      parts.push(name);
    }
  }

  async #usable(content: Content | undefined): Promise<Content | undefined> {
    for (const path of content?.files ?? []) {
      const file = await this.#journal.file(path);
      // One of an earlier run with longer parts may not fit the disk that this run is for.
      if (file === undefined || file.size > this.#partSize) return undefined;
    }
    return content;
  }

  /**
   * Writes a stream, made smaller, as `path.000`, `path.001`, ….
   * @param level - of zstd; the highest, 19, takes some 50 times as long as @default 3
   */
  async writeCompressed(path: string, source: Bytes, level = 3): Promise<Content> {
    return this.#write(path, "zstd", source, () => Promise.resolve(undefined), level);
  }

  /**
   * Writes a stream as it is as `path.000`, `path.001`, …; parts of an earlier run are compared with it and kept.
   * @param open - reads the stream from its start, a second time when a kept part turns out to be another one
   */
  async writePlain(path: string, open: () => Bytes): Promise<Content> {
    try {
      return await this.#write(path, "none", open(), (part) => this.#journal.file(part));
    } catch (error) {
      if (!(error instanceof DifferentPart)) throw error;
      return this.#write(path, "none", open(), () => Promise.resolve(undefined));
    }
  }

  async #write(
    path: string,
    compression: Content["compression"],
    source: Bytes,
    kept: (part: string) => Promise<PackageFile | undefined>,
    level?: number,
  ): Promise<Content> {
    const hash = createHash("sha256");
    let size = 0;
    const counted = async function* () {
      for await (const chunk of source) {
        hash.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    const bytes = level === undefined ? counted() : compressed(counted(), level);
    const files = await this.#writeParts(path, bytes, kept);
    const content = { digest: `sha256:${hash.digest("hex")}`, size, compression, files };
    await this.#journal.addContent(content);
    return content;
  }

  async #writeParts(
    path: string,
    bytes: Bytes,
    kept: (part: string) => Promise<PackageFile | undefined>,
  ): Promise<string[]> {
    await mkdir(dirname(join(this.#folder, path)), { recursive: true });
    const parts: string[] = [];
    // The disk takes its time to store a part for good; meanwhile the next one is written.
    let finishing = Promise.resolve();
    for await (const chunks of split(bytes, this.#partSize)) {
      const name = partName(path, parts.length);
      const earlier = await kept(name);
      const part = await Part.open(join(this.#folder, name), earlier !== undefined);
      try {
        for await (const chunk of chunks) await part.write(chunk);
      } catch (error) {
        await part.abort();
        await Promise.allSettled([finishing]);
        throw error;
      }
      await finishing;
      finishing = this.#finish(name, part, earlier);
      // Its failure is seen when it is waited for.
      finishing.catch(() => undefined);
      if (earlier !== undefined) await finishing;
      parts.push(name);
    }
    await finishing;
    return parts;
  }

  async #finish(name: string, part: Part, earlier: PackageFile | undefined): Promise<void> {
    const file = await part.finish();
    if (earlier !== undefined && earlier.sha256 !== file.sha256) throw new DifferentPart();
    this.#files[name] = file;
    await this.#journal.addFile(name, file);
  }

  /** Leaves a content out after all. */
  async remove(content: Content): Promise<void> {
    const others = Object.entries(this.#files).filter(([path]) => !content.files.includes(path));
    this.#files = Object.fromEntries(others);
    for (const path of content.files) await rm(join(this.#folder, path), { force: true });
  }

  /** Takes another content of the same bytes instead of one that was written, from this package or the one that the host has. */
  async replace(content: Content, other: Content): Promise<void> {
    await this.remove(content);
    if (other.files.length === 0) return;
    await this.#journal.addContent(other);
    await this.keep(other);
  }

  /** Removes what earlier runs left and this package does not have; what somebody else has put there stays. */
  async removeStale(): Promise<void> {
    const own = (path: string) =>
      partFolders.test(path) || path in this.#files || this.#journal.knows(path) || path === journalName;
    for (const path of await this.#paths()) {
      if (path === journalName || path in this.#files) continue;
      if (own(path.replace(/\.partial$/, ""))) await rm(join(this.#folder, path));
    }
  }

  /** Writes the manifest; the folder is a package once {@link close} was called. */
  async writeManifest(text: string): Promise<void> {
    await writeDurably(join(this.#folder, manifestName), text);
  }

  /** Ends the account of an unfinished package. */
  async close(): Promise<void> {
    await rm(join(this.#folder, journalName), { force: true });
    await syncPath(this.#folder);
  }
}

function partName(path: string, index: number): string {
  return `${path}.${String(index).padStart(3, "0")}`;
}

/** A part of an earlier run with other bytes than this run would write. */
class DifferentPart extends Error {}

const chunkSize = 1024 * 1024;

function compressed(source: Bytes, level: number): Bytes {
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  // Whoever reads gets the error, also of a source that fails before it is read from.
  return pipeline(evenly(source), createZstdCompress({ chunkSize, params }), () => undefined) as Bytes;
}

/** The same bytes in chunks of one length: what zstd makes of them depends on how they come. */
async function* evenly(source: Bytes): AsyncGenerator<Uint8Array> {
  for await (const chunks of split(source, chunkSize)) yield await buffer(chunks);
}

/** Cuts a stream into streams of a length, the last one shorter; each has to be read before the next. */
async function* split(source: Bytes, length: number): AsyncGenerator<Bytes> {
  const reader: AsyncIterator<Uint8Array, unknown> = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const next = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const result = await reader.next();
      if (result.done) return false;
      rest = result.value;
    }
    return true;
  };
  const one = async function* () {
    for (let left = length; left > 0 && (await next());) {
      const chunk = rest.subarray(0, left);
      rest = rest.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  };
  while (await next()) yield one();
}
