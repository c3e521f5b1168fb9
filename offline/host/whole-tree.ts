import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { renameDurably, syncDisk } from "../../support/durable.ts";
import { say } from "../../support/progress.ts";
import { damagedFile, hasList, writeList } from "./tree-list.ts";

/** A folder that is made once, and trusted from then on. */
export interface WholeTree {
  readonly target: string;
  /** Fills the folder that becomes it; an earlier one, also a damaged one, is there meanwhile. */
  readonly make: (partial: string) => Promise<void>;
  /** Whether it can be made. */
  readonly makeable: boolean;
  /** Whether a path in it may change later. */
  readonly changing?: (path: string) => boolean;
}

/**
 * Makes a folder that appears whole or not at all, and makes it again when the disk does not give back what was written.
 * @returns the folder that is to get its name with {@link settleTrees}; undefined when it has it
 */
export async function makeTree({ target, make, makeable, changing }: WholeTree): Promise<string | undefined> {
  if (existsSync(target)) {
    const damaged = await damageOf(target, makeable);
    if (damaged === undefined) return undefined;
    say(`${damaged} is not as it was written; ${target} is made again`);
  }
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial);
  try {
    await make(partial);
    await writeList(partial, changing);
  } catch (error) {
    // What unpacked bytes that turn out to be wrong have made.
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
  return partial;
}

/**
 * The first file of a tree that is not as it was written; undefined when it stays as it is.
 * @param makeable - whether it could be made again
 */
export async function damageOf(target: string, makeable = true): Promise<string | undefined> {
  // Of an earlier version of the program, which wrote no list and stored nothing for good.
  if (!hasList(target) && !makeable) return undefined;
  return damagedFile(target);
}

/** Gives trees that were made their names, once all of them are safely on the disk. */
export async function settleTrees(partials: readonly string[]): Promise<void> {
  const [first] = partials;
  if (first === undefined) return;
  await syncDisk(first);
  for (const partial of partials) {
    const target = partial.replace(/\.partial$/, "");
    await rm(target, { recursive: true, force: true });
    await renameDurably(partial, target);
  }
}
