import { existsSync } from "node:fs";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { writeDurably } from "../../support/durable.ts";
import { hashFile } from "../../support/hashing.ts";

/** Lists what is in a tree, in it; the files as `sha256sum --check` reads them. */
export const listName = ".sha256";

/** A line of a file, `HASH  PATH`, or of a link, `# PATH -> TARGET`. */
const line = /^(?:([0-9a-f]{64}) {2}(.+)|# (.+) -> (.+))$/;
/** The last line, without which a list is not whole. */
const end = "# end";

/** Writes down what a tree consists of, so that the next run sees whether it still does. */
export async function writeList(folder: string, changing: (path: string) => boolean = () => false): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const lines: string[] = [];
  for (const entry of entries) {
    const path = relative(folder, join(entry.parentPath, entry.name));
    if (changing(path) || path === listName) continue;
    if (entry.isSymbolicLink()) lines.push(`# ${path} -> ${await readlink(join(folder, path))}`);
    else if (entry.isFile()) lines.push(`${await hashOf(join(folder, path))}  ${path}`);
  }
  await writeDurably(join(folder, listName), [...lines.sort(), end, ""].join("\n"));
}

/** Whether a tree has a list; those that earlier versions of the program unpacked have none. */
export function hasList(folder: string): boolean {
  return existsSync(join(folder, listName));
}

/** The first file of a tree that is not as it was when its list was written; undefined when all are. */
export async function damagedFile(folder: string): Promise<string | undefined> {
  const list = join(folder, listName);
  const lines = (await readFile(list, "utf8").catch(() => "")).split("\n");
  if (lines.pop() !== "" || lines.pop() !== end) return list;
  for (const each of lines) {
    const [, hash, file = "", link = "", target] = line.exec(each) ?? [];
    const path = join(folder, hash === undefined ? link : file);
    const found = hash === undefined ? readlink(path) : hashOf(path);
    if ((await found.catch(() => undefined)) !== (hash ?? target)) return path;
  }
  return undefined;
}

async function hashOf(file: string): Promise<string> {
  return (await hashFile(file, () => undefined)).slice("sha256:".length);
}
