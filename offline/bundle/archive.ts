import { createWriteStream } from "node:fs";
import { readdir, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Progress } from "../../support/progress.ts";
import { tar } from "../../docker/tar.ts";
import { treeEntries } from "./tools.ts";

/** Turns the folder of a finished package into one tar archive, `FOLDER.tar`, and removes the folder. */
export async function writeArchive(folder: string, size: number): Promise<string> {
  const file = `${folder}.tar`;
  using progress = new Progress(`Writing ${file}`, size);
  const counted = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      progress.add(chunk.length);
      yield chunk;
    }
  };
  const entries = treeEntries(folder, (await readdir(folder)).sort());
  await pipeline(tar(entries), counted, createWriteStream(`${file}.partial`, { flush: true }));
  await rename(`${file}.partial`, file);
  await rm(folder, { recursive: true });
  return file;
}
