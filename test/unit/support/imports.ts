import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** What a module runs with. */
export interface Imports {
  /** The module and the files it imports, and those they import, types left out. */
  readonly files: ReadonlySet<string>;
  /** Everything else that they import and that is not a part of Node. */
  readonly packages: ReadonlySet<string>;
}

/** Follows the static imports of a module. */
export function importsOf(file: string): Imports {
  const files = new Set<string>();
  const packages = new Set<string>();
  const follow = (from: string) => {
    if (files.has(from)) return;
    files.add(from);
    const statements = readFileSync(from, "utf8").matchAll(
      /^(?:import|export) (?!type )(?:[^;"]* from )?"([^"]+)"[^;]*;/gm,
    );
    for (const [, specifier = ""] of statements) {
      if (specifier.startsWith(".")) follow(resolve(dirname(from), specifier));
      else if (!specifier.startsWith("node:")) packages.add(specifier);
    }
  };
  follow(file);
  return { files, packages };
}
