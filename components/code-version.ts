import { readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { sha256, shortDigest } from "../support/hashing.ts";
import { projectFolder } from "../support/project-folder.ts";

/** Files of the project that a file imports; the formatter keeps all imports in this form. */
const imported = /(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g;

interface Source {
  readonly text: string;
  readonly imports: readonly string[];
}

const sources = new Map<string, Source>();

/** Most steps share most of their code, so each file is read and searched once. */
function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(file, "utf8");
  const imports = [...text.matchAll(imported)].map(([, path = ""]) => resolve(dirname(file), path));
  const source = { text, imports };
  sources.set(file, source);
  return source;
}

/** A file, and every file of the project that it needs. */
function closure(file: string): ReadonlySet<string> {
  const files = new Set([file]);
  // Those that are added meanwhile are visited too.
  for (const one of files) for (const needed of sourceOf(one).imports) files.add(needed);
  return files;
}

/**
 * Version of the code that a file of the project needs, 12 hexadecimal digits.
 * @param file - its path in the project
 * @param more - what else is to make another version
 */
export function fileVersion(file: string, ...more: readonly string[]): string {
  const files = [...closure(join(projectFolder, file))].sort();
  const texts = files.map((one) => `${relative(projectFolder, one)}\0${sourceOf(one).text}\0`);
  return shortDigest(sha256([...texts, ...more].join("")));
}

/**
 * Version of the code that a script of commands/ runs, 12 hexadecimal digits.
 *
 * A step that records it is run again, and shown as changed, when its code has changed and its input has not.
 */
export function codeVersion(script: string): string {
  return fileVersion(join("commands", script));
}
