import { execFile } from "node:child_process";
import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeFileSync } from "node:fs";
import { open, rename, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { Failure, reasonOf } from "./failure.ts";

/* What the next run trusts is written here. Packages of npm write whole files, but none of them makes sure of the name. */

/** Writes a file so that after a crash, a power cut or a pulled disk it is there whole, or as it was before. */
export async function writeDurably(file: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const partial = `${file}.partial`;
  // An older one would keep its mode.
  await rm(partial, { force: true });
  const handle = await open(partial, "wx", mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renameDurably(partial, file);
}

/** As {@link writeDurably}, for a file that must not be there: of two runs at a time one fails with EEXIST. */
export function createDurably(file: string, content: string, mode: number): void {
  const partial = `${file}.${process.pid}.partial`;
  const descriptor = openSync(partial, "w", mode);
  try {
    writeFileSync(descriptor, content);
    fsyncSync(descriptor);
    linkSync(partial, file);
  } finally {
    closeSync(descriptor);
    unlinkSync(partial);
  }
  const folder = openSync(dirname(file), "r");
  fsyncSync(folder);
  closeSync(folder);
}

/** Gives a file that is safely on the disk its name, for good. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncPath(dirname(to));
}

/** Stores for good what was written to the disk of a folder: at once, as a tree of npm packages has thousands of files. */
export async function syncDisk(folder: string): Promise<void> {
  await promisify(execFile)("sync", ["-f", folder]).catch((error: unknown) => {
    throw new Failure(
      `${folder} cannot be stored for good: ${reasonOf(error)}; look at that disk, and run the command again`,
    );
  });
}

/** Makes a link, or has it point elsewhere, in one step and for good. */
export async function linkDurably(target: string, link: string): Promise<void> {
  await rm(`${link}.new`, { force: true });
  await symlink(target, `${link}.new`);
  await renameDurably(`${link}.new`, link);
}

/** Stores a file, or the names in a folder, for good. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync().catch((error: unknown) => {
      // The file systems of some sticks and shares know no such thing of a folder.
      if (!["EINVAL", "ENOTSUP"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    });
  } finally {
    await handle.close();
  }
}
