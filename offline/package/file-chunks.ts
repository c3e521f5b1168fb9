import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { join } from "node:path";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { PackageFile } from "./manifest.ts";

const chunkSize = 1024 * 1024;

function kindOf(stats: Stats): string {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "folder";
  return stats.isSymbolicLink() ? "link" : "device, pipe or socket";
}

/** Opens a file of a package; a link on the way to it would lead out of the package, and a pipe would never end. */
function openFile(folder: string, path: string): number {
  const parts = path.split("/");
  for (const [index] of parts.entries()) {
    const place = parts.slice(0, index + 1).join("/");
    const kind = kindOf(lstatSync(join(folder, place)));
    const wanted = index === parts.length - 1 ? "file" : "folder";
    if (kind !== wanted) throw new Failure(`${place} is a ${kind}, not a ${wanted}`, exitStatus.untrusted);
  }
  return openSync(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

/**
 * Reads a file of a package, and compares it on the way with what the manifest says of it.
 *
 * Not before the end is it known whether what came was that file.
 * @param buffer - what each chunk is read into
 * @throws Failure that begins with the path
 */
export function* fileChunks(
  folder: string,
  path: string,
  expected: PackageFile | undefined,
  buffer = () => Buffer.allocUnsafe(chunkSize),
): Generator<Uint8Array, void> {
  if (expected === undefined) throw new Failure(`${path} is not in the manifest`, exitStatus.untrusted);
  let descriptor: number | undefined;
  try {
    descriptor = openFile(folder, path);
    yield* chunksOf(descriptor, path, expected, buffer);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      `${path} ${code === "ENOENT" ? "is missing" : `cannot be read (${code ?? String(error)})`}`,
      exitStatus.untrusted,
    );
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function* chunksOf(descriptor: number, path: string, { size, sha256 }: PackageFile, buffer: () => Buffer) {
  const requireSize = (actual: number) => {
    if (actual !== size) throw new Failure(`${path} has ${actual} of ${size} bytes`, exitStatus.untrusted);
  };
  requireSize(fstatSync(descriptor).size);
  const hash = createHash("sha256");
  let position = 0;
  while (position <= size) {
    const bytes = buffer();
    const length = readSync(descriptor, bytes);
    if (length === 0) break;
    position += length;
    hash.update(bytes.subarray(0, length));
    yield bytes.subarray(0, length);
  }
  requireSize(position);
  const actual = hash.digest("hex");
  if (actual !== sha256)
    throw new Failure(`${path} is damaged: its sha256 is ${actual}, not ${sha256}`, exitStatus.untrusted);
}

/** As {@link fileChunks}, of a file that was verified before and is read for use. */
export function* verifiedChunks(...args: Parameters<typeof fileChunks>): Generator<Uint8Array, void> {
  try {
    yield* fileChunks(...args);
  } catch (error) {
    throw changedFile((error as Error).message);
  }
}

/** What is thrown when a file is not any more what was verified. */
export function changedFile(problem: string): Failure {
  return new Failure(
    `${problem}; it was changed after it was verified, or the disk gives back other bytes each time: copy the package to another disk`,
    exitStatus.untrusted,
  );
}
