import { createReadStream, createWriteStream, existsSync } from "node:fs";
import { readFile, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { text } from "node:stream/consumers";
import { foldersAbove, tar } from "../../docker/tar.ts";
import { renameDurably } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { Progress, say } from "../../support/progress.ts";
import { manifestName } from "../package/manifest.ts";
import { treeEntries } from "./tools.ts";

const archiveOf = (folder: string) => `${folder}.tar`;

/** Length of a header in an archive, which begins with the name of its file. */
const headerLength = 512;

/**
 * Makes sure that the archive of a package takes no other file's place.
 * @throws Failure when there is one that is no archive of a package
 */
export async function refuseOtherArchive(folder: string): Promise<void> {
  const file = archiveOf(folder);
  if (!existsSync(file)) return;
  const beginning = await text(createReadStream(file, { end: headerLength - 1 })).catch(() => "");
  if (beginning.startsWith(`${manifestName}\0`)) return;
  throw new Failure(
    `${file} is there already, and is not an archive of this program's: remove it, or name another --out`,
    exitStatus.refused,
  );
}

/**
 * Turns the folder of a finished package into one tar archive, `FOLDER.tar`, and removes the folder but for files of others.
 * @param paths - the package's files
 */
export async function writeArchive(folder: string, paths: readonly string[], size: number): Promise<string> {
  const file = archiveOf(folder);
  using progress = new Progress(`Writing ${file}`, size);
  const counted = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      progress.add(chunk.length);
      yield chunk;
    }
  };
  const entries = async function* () {
    // First, so that an archive is known by its beginning.
    yield { header: { name: manifestName }, content: await readFile(join(folder, manifestName)) };
    yield* treeEntries(
      folder,
      paths.filter((path) => path !== manifestName),
    );
  };
  await pipeline(tar(entries()), counted, createWriteStream(`${file}.partial`, { flush: true }));
  await renameDurably(`${file}.partial`, file);
  await removePackage(folder, paths);
  return file;
}

/** The manifest goes last, so that the next run knows what a killed one has left. */
async function removePackage(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of [...paths.filter((each) => each !== manifestName), manifestName])
    await rm(join(folder, path), { force: true });
  const folders = foldersAbove(paths).map(({ header }) => join(folder, header.name));
  for (const each of [...folders.reverse(), folder]) await rmdir(each).catch(() => undefined);
  if (existsSync(folder)) say(`${folder} stays, with files that are not the package's`);
}
