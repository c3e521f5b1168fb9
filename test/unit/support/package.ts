import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { projectFolder } from "../../../support/project-folder.ts";
import {
  canonical,
  readManifest,
  toolNames,
  type Content,
  type PackageManifest,
  type ReadManifest,
  type ToolName,
} from "../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../offline/package/package-writer.ts";
import { layout } from "../../../docker/identity.ts";
import { sha256 } from "../../../support/hashing.ts";
import { archiveOf } from "../docker/archives.ts";
import { streamOf } from "./bytes.ts";

/** A content that is made of one file of its own, or of none. */
export function contentNamed(name: string, size: number, files: readonly string[] = [`${name}.000`]): Content {
  return { digest: sha256(name), size, compression: "none", files };
}

/** An image that the host has already. */
export const tinyImage = {
  name: "localhost/gemma/tiny:1",
  id: sha256("tiny image"),
  config: contentNamed("tiny configuration", 1, []),
  layers: [contentNamed("tiny layer", 1, [])],
};

/** A manifest of nothing much, with these parts in place of its own. */
export function manifestWith(change: Partial<PackageManifest> = {}): PackageManifest {
  return {
    format: 1,
    created: "2026-11-22T08:00:00.000Z",
    stack: "prod",
    config: sha256("config"),
    requires: null,
    rehearsal: "passed",
    layout,
    versions: { program: "0.1.0", node: "24.21.0" },
    models: [{ name: "gemma3n:e4b", digest: sha256("model"), blobs: [] }],
    needs: {
      memoryBytes: 0,
      modelBytes: 7,
      gpus: { kind: "none" },
      address: "127.0.0.1",
      port: 11434,
      engineBytes: 1,
      containerdBytes: 2,
      dataBytes: 3,
      certificate: null,
      created: "2026-11-22T08:00:00.000Z",
    },
    images: [tinyImage],
    tools: Object.fromEntries(toolNames.map((name) => [name, contentNamed(name, 1, [])])) as Record<ToolName, Content>,
    files: {},
    ...change,
  };
}

/** What the tools of a tiny package are made of; the Node is the one that runs the tests. */
const tools: Readonly<Record<Exclude<ToolName, "node" | "program">, Parameters<typeof archiveOf>[0]>> = {
  modules: [
    { name: "node_modules/left/index.js", content: "left\n" },
    { name: "node_modules/.bin/left", type: "symlink", linkname: "../left/index.js" },
  ],
  pulumi: [
    {
      name: "pulumi",
      mode: 0o755,
      content: '#!/bin/sh\nprintf "%s\\n" "$@"\n',
    },
  ],
  plugins: [{ name: "resource-docker-v5.2.0/pulumi-resource-docker", mode: 0o755, content: "plugin\n" }],
};

const program = { "Pulumi.yaml": "name: gemma\n", "Pulumi.prod.yaml": "config: {}\n" };

/** The script that is a tiny package's Node. */
export const tinyNode = `#!/bin/sh\nexec '${process.execPath}' "$@"\n`;

/** Tells what a tiny package's program was started with, and the digest of the manifest that it was handed. */
const tinyProgram = `import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
const args = process.argv.slice(2);
const [, manifest] = args.splice(args.indexOf("--manifest"), 2);
const digest = createHash("sha256").update(readFileSync(manifest)).digest("hex");
process.stdout.write(args.join(" ") + " with sha256:" + digest + "\\n");
`;

/** How a tiny package differs from a complete one. */
export interface TinyPackage {
  readonly partSize?: number;
  /** Tools to leave out, as a package does that needs an earlier one. */
  readonly omit?: readonly ToolName[];
  /** Makes the manifest another one. */
  readonly created?: string;
  /** Text files of the program. */
  readonly files?: Readonly<Record<string, string>>;
  /** What tools are made of instead. */
  readonly contents?: Partial<typeof tools>;
}

/** Writes a whole package with tiny tools and the real scripts into an empty folder. */
export async function tinyPackage(folder: string, args: TinyPackage = {}): Promise<ReadManifest> {
  const { partSize = 64, omit = [], created = "2026-11-22T08:00:00.000Z", files = program } = args;
  const own = Object.entries(files).map(([name, content]) => ({ name, content }));
  const writer = await PackageWriter.open(folder, partSize);
  const written: Partial<Record<ToolName, Content>> = {
    node: await writer.writePlain("tools/node", () => streamOf(tinyNode)),
  };
  for (const [name, entries] of Object.entries({ ...tools, program: own, ...args.contents }))
    written[name as ToolName] = await writer.writeCompressed(
      `tools/${name}.tar.zst`,
      streamOf(await archiveOf(entries.map((entry) => ({ mtime: new Date(0), ...entry })))),
    );
  for (const name of omit) {
    const content = written[name];
    if (content === undefined) continue;
    await writer.remove(content);
    written[name] = { ...content, files: [] };
  }
  await writer.writeFile("tools/deploy.mjs", tinyProgram);
  await writer.writeFile("tools/hash-worker.mjs", "");
  const scripts = join(projectFolder, "offline/scripts");
  for (const name of readdirSync(scripts)) await writer.writeFile(name, readFileSync(join(scripts, name)));
  const manifest = manifestWith({ created, tools: written as Record<ToolName, Content>, files: writer.files });
  await writer.writeManifest(canonical(manifest));
  await writer.close();
  return readManifest(folder);
}
