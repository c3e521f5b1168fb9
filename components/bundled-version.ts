import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BundledProgram } from "../docker/identity.ts";
import { projectFolder } from "../support/project-folder.ts";
import { fileVersion } from "./code-version.ts";

/** Packages that are in each program's one file, or make it. */
const packages = ["esbuild", "prom-client"];

/**
 * Version of the code of a program that is one file, 12 hexadecimal digits.
 *
 * It is told by the program's own files, as a closed host has neither of the packages, and asks for the same image.
 */
export function bundledVersion(program: BundledProgram): string {
  const { devDependencies } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  return fileVersion(`${program}/main.ts`, ...packages.map((name) => `${name}@${devDependencies[name]}\0`));
}
