import { once } from "node:events";
import type { Readable } from "node:stream";
import { pack, type Pack } from "tar-stream";

/** One entry of a tar archive. */
export interface TarEntry {
  readonly header: {
    readonly name: string;
    /** Length of a content that is a stream, bytes. */
    readonly size?: number;
    readonly type?: "file" | "directory" | "symlink" | "link";
    readonly mode?: number;
    readonly linkname?: string;
  };
  readonly content?: string | Uint8Array | AsyncIterable<Uint8Array>;
}

// A fixed time and owner make the archive of the same files the same bytes everywhere, whoever makes it and whenever.
const fixed = { mtime: new Date(0), uid: 0, gid: 0 };

/** An entry that is a folder. */
export function folder(name: string): TarEntry {
  return { header: { name, type: "directory", mode: 0o755 } };
}

/** The folders above some paths, each once and parents first. */
export function foldersAbove(paths: readonly string[]): TarEntry[] {
  const above = paths.flatMap((path) => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  return [...new Set(above)].sort().map(folder);
}

/** Makes a tar archive of entries while it is being read; an error of an entry's content ends the reading with it. */
export function tar(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): Readable {
  const archive = pack();
  fill(archive, entries).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  // streamx, which tar-stream is made with, is a Readable in all but its type.
  return archive as unknown as Readable;
}

async function fill(archive: Pack, entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): Promise<void> {
  const closed = once(archive, "close");
  closed.catch(() => undefined);
  for await (const { header, content = "" } of entries) {
    const full = { ...fixed, ...header };
    if (typeof content === "string" || content instanceof Uint8Array) {
      archive.entry(full, typeof content === "string" ? content : Buffer.from(content));
      continue;
    }
    const sink = archive.entry(full);
    // The archive fails with the same error; here it would end the process.
    sink.on("error", () => undefined);
    for await (const chunk of content) {
      // Nobody drains the archive once its reader has stopped.
      if (!sink.write(chunk)) await Promise.race([once(sink, "drain"), closed]);
      if (archive.destroyed) return;
    }
    sink.end(undefined);
  }
  archive.finalize();
}
