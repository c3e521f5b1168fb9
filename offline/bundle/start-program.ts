import { basename, join } from "node:path";
import { build } from "esbuild";
import { projectFolder } from "../../support/project-folder.ts";
import type { PackageWriter } from "../package/package-writer.ts";

/** What runs on a host before the program's own packages are unpacked, each with all it imports in one file. */
const entries = ["commands/deploy.ts", "offline/package/hash-worker.ts"];

/** The same files make the same bytes on every machine. */
export async function startProgram(): Promise<Readonly<Record<string, Uint8Array>>> {
  const { outputFiles } = await build({
    absWorkingDir: projectFolder,
    entryPoints: entries,
    entryNames: "[name]",
    outdir: "bundled",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // Every package carries it, also one with nothing but a changed configuration.
    minify: true,
    platform: "node",
    format: "esm",
    target: "node24",
    // For packages of npm that are no modules and ask for parts of Node.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    charset: "utf8",
    legalComments: "inline",
    logLevel: "silent",
    write: false,
  });
  return Object.fromEntries(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Packs them beside the tools, as files that a script can check and start. */
export async function packStartProgram(writer: PackageWriter): Promise<void> {
  for (const [name, bytes] of Object.entries(await startProgram())) await writer.writeFile(join("tools", name), bytes);
}
