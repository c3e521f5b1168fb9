import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { projectFolder } from "../support/project-folder.ts";

/** Files of the project that a file imports; the formatter keeps all imports in this form. */
const imported = /(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;

const texts = new Map<string, string>();

function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(file, "utf8");
  texts.set(file, text);
  return text;
}

/** A file, and every file of the project that it needs. */
function closure(file: string): ReadonlySet<string> {
  const files = new Set([file]);
  // Those that are added meanwhile are visited too.
  for (const one of files)
    for (const [, path = ""] of textOf(one).matchAll(imported)) files.add(resolve(dirname(one), path));
  return files;
}

/**
 * Version of the code that a script of commands/ runs, 12 hexadecimal digits.
 *
 * A step that records it is run again, and shown as changed, when its code has changed and its input has not.
 */
export function codeVersion(script: string): string {
  const hash = createHash("sha256");
  for (const file of [...closure(join(projectFolder, "commands", script))].sort())
    hash.update(`${relative(projectFolder, file)}\0${textOf(file)}\0`);
  return hash.digest("hex").slice(0, 12);
}
