import { pipeline, Readable } from "node:stream";
import { extract } from "tar-stream";
import type { Content } from "../package/manifest.ts";
import type { Inodes } from "../package/missing.ts";
import { readContent, type PackageFiles } from "../package/read-content.ts";

/**
 * Counts the files, folders and links in the archives that a package carries.
 *
 * What is not compressed is one file, or the model's few.
 */
export async function countInodes(source: PackageFiles, contents: readonly Content[]): Promise<Inodes> {
  const counts: Record<string, number> = {};
  for (const content of contents)
    if (content.compression === "zstd" && content.files.length > 0 && counts[content.digest] === undefined)
      counts[content.digest] = await entriesIn(readContent(source, content));
  return counts;
}

async function entriesIn(archive: AsyncIterable<Uint8Array>): Promise<number> {
  const reader = extract();
  // Whoever reads gets the error.
  pipeline(Readable.from(archive), reader, () => undefined);
  let count = 0;
  for await (const entry of reader) {
    count += 1;
    entry.resume();
  }
  return count;
}
