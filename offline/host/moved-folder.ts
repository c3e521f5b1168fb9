import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { moveOwner, ownerOf } from "../../engine/image-owners.ts";
import { writeDurably } from "../../support/durable.ts";
import { say } from "../../support/progress.ts";
import type { DataFolder } from "./data-folder.ts";

/** Where a data folder writes down its own place. */
const placeFile = (data: DataFolder) => join(data.path, "place");

/**
 * Makes a data folder the owner of the images that it brought where it was before it was moved; they would stay for ever.
 *
 * One that is still there is another folder, of which this is a copy, and keeps its own.
 */
export async function adoptMoved(data: DataFolder): Promise<void> {
  const place = resolve(data.path);
  const before = (await readFile(placeFile(data), "utf8").catch(() => place)).trim();
  if (before !== place && before !== "" && !existsSync(before)) {
    const moved = await moveOwner(ownerOf(before), data.owner);
    if (moved > 0)
      say(`The data folder was moved here from ${before}; ${moved} images that it keeps are known as its own`);
  }
  if (existsSync(data.path)) await writeDurably(placeFile(data), `${place}\n`);
}
