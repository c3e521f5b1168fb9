import { lstatSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** What a power cut leaves of a file, or of a tree whose name came first. */
export const cutStates = {
  "0 bytes": (path: string) => {
    replace(path, Buffer.alloc(0));
  },
  half: (path: string) => {
    const bytes = readFileSync(path);
    replace(path, bytes.subarray(0, bytes.length / 2));
  },
  zeros: (path: string) => {
    replace(path, Buffer.alloc(readFileSync(path).length));
  },
  missing: (path: string) => {
    rmSync(path, { recursive: true });
  },
} as const;

/** Puts another file in a file's place, or a link's, with its mode. */
function replace(path: string, bytes: Uint8Array): void {
  const mode = lstatSync(path).isSymbolicLink() ? 0o644 : lstatSync(path).mode;
  rmSync(path);
  writeFileSync(path, bytes, { mode });
}

/** A file with something in it, somewhere in a folder: each folder on the way is as likely as each file beside it. */
export async function anyFile(folder: string, random: () => number): Promise<string> {
  const names = (await readdir(folder)).sort().map((name) => join(folder, name));
  const entries = names.filter((path) => {
    const found = lstatSync(path);
    return found.isDirectory() || (found.isFile() && found.size > 0);
  });
  const entry = entries[Math.floor(random() * entries.length)];
  // One without such files has none to cut.
  if (entry === undefined) return anyFile(join(folder, ".."), random);
  return lstatSync(entry).isDirectory() ? anyFile(entry, random) : entry;
}
