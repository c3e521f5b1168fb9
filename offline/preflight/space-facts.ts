import { stat, statfs } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { softly } from "./ask.ts";

/** The file system that a folder is on, or will be. */
export interface Space {
  /** The folder that was asked for. */
  readonly folder: string;
  /** Bytes that can be written there without root's reserve. */
  readonly free: number;
  /** Inodes that are free there; null on a file system that makes them as it needs them, as btrfs and FAT do. */
  readonly freeInodes: number | null;
  /** Number of the device; folders with the same one share their free bytes. */
  readonly device: number;
}

/** The file system of a folder that may not be there yet; null when it cannot be found out. */
export function spaceAt(folder: string): Promise<Space | null> {
  return softly(measure(resolve(folder)));
}

async function measure(folder: string, existing = folder): Promise<Space> {
  try {
    const [{ dev }, { bavail, bsize, files, ffree }] = await Promise.all([stat(existing), statfs(existing)]);
    return { folder, free: bavail * bsize, freeInodes: files === 0 ? null : ffree, device: dev };
  } catch (error) {
    // Not there yet, or in a folder of root's: the folder above is on the same file system, unless one is mounted in between.
    if (existing === dirname(existing)) throw error;
    return measure(folder, dirname(existing));
  }
}
