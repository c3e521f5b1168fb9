import { lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
export function anyFile(folder: string, random: () => number): string {
  const entries = entriesWithBytes(folder);
  const entry = entries[Math.floor(random() * entries.length)];
  if (entry === undefined) throw new Error(`there is no file with anything in it in ${folder}`);
  return lstatSync(entry).isDirectory() ? anyFile(entry, random) : entry;
}

/** Files with something in them, and folders that have such files. */
function entriesWithBytes(folder: string): string[] {
  const paths = readdirSync(folder, { withFileTypes: true }).map(({ name }) => join(folder, name));
  return paths.sort().filter((path) => {
    const found = lstatSync(path);
    return found.isDirectory() ? entriesWithBytes(path).length > 0 : found.isFile() && found.size > 0;
  });
}
