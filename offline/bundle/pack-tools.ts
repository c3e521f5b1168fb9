import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { say } from "../../support/progress.ts";
import { measure } from "../../docker/embedded-image.ts";
import { tar, type TarEntry } from "../../docker/tar.ts";
import type { Content, ToolName } from "../package/manifest.ts";
import type { PackageWriter } from "../package/package-writer.ts";
import {
  modulesArchive,
  nodeBinary,
  nodeVersion,
  productionPackages,
  providerPlugins,
  pluginFolder,
  pulumi,
  pulumiFolder,
  treeEntries,
  type Plugin,
} from "./tools.ts";

type Bytes = AsyncIterable<Uint8Array>;

/** What the program is run with, as found on this machine. */
export interface Tools {
  readonly node: string;
  readonly packages: readonly string[];
  readonly plugins: readonly Plugin[];
  readonly pluginFolders: readonly string[];
  readonly pulumiFolder: string;
  /** Versions by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/**
 * Finds everything the program is run with, and installs the plugins that are not there.
 * @throws Failure that says what is missing
 */
export async function findTools(): Promise<Tools> {
  const packages = productionPackages(await readFile(join(projectFolder, "package-lock.json"), "utf8"));
  const plugins = await providerPlugins(packages);
  const version = (await pulumi("version")).replace(/^v/, "");
  const { version: program } = JSON.parse(await readFile(join(projectFolder, "package.json"), "utf8")) as {
    version: string;
  };
  const pluginFolders: string[] = [];
  for (const plugin of plugins) pluginFolders.push(await pluginFolder(plugin));
  const node = await nodeBinary();
  return {
    node,
    packages,
    plugins,
    pluginFolders,
    pulumiFolder: await pulumiFolder(version),
    versions: {
      program,
      node: await nodeVersion(node),
      pulumi: version,
      ...Object.fromEntries(plugins.map((plugin) => [`plugin ${plugin.name}`, plugin.version])),
    },
  };
}

/** Folders and files of the program itself. */
const programPaths = [
  "commands",
  "components",
  "config",
  "docker",
  // What the report says of alerts.
  "docs/en/runbooks.md",
  "docs/ko/runbooks.md",
  "edge",
  "engine",
  "gateway",
  "index.ts",
  "monitoring",
  "offline",
  "ollama",
  "operations",
  "package.json",
  "runner",
  "support",
  "usher",
  "watcher",
];

/**
 * The program with its stacks' configurations, as an archive.
 *
 * The salt of the passphrase that encrypts this machine's state is left out: it would not fit that of another.
 */
export function programArchive(): AsyncIterable<Uint8Array> {
  const entries = async function* (): AsyncGenerator<TarEntry> {
    for (const name of (await readdir(projectFolder)).filter((file) => /^Pulumi(\..+)?\.yaml$/.test(file)).sort()) {
      const text = await readFile(join(projectFolder, name), "utf8");
      yield { header: { name }, content: text.replace(/^encryptionsalt:.*\n?/m, "") };
    }
    yield* treeEntries(projectFolder, programPaths);
  };
  return tar(entries());
}

/**
 * Packs everything that the program is run with, and the program.
 * @param omitted - finds what the host has already, when the package is a delta
 */
export async function packTools(
  writer: PackageWriter,
  tools: Tools,
  omitted?: (digest: string) => Content | undefined,
): Promise<Record<ToolName, Content>> {
  const pack = async (name: ToolName, open: () => Bytes): Promise<Content> => {
    // Hashed before it is written, as the disk may be slow and small.
    const present = omitted?.((await measure(open())).digest);
    if (present !== undefined) return present;
    say(`Packing ${name}`);
    // Node has to be run before anything can be decompressed.
    return name === "node" ? writer.writePlain("tools/node", open) : writer.writeCompressed(archivePath(name), open());
  };
  const pluginNames = tools.pluginFolders.map((folder) => basename(folder));
  const pluginsFolder = dirname(tools.pluginFolders[0] ?? projectFolder);
  return {
    node: await pack("node", () => createReadStream(tools.node)),
    modules: await pack("modules", () => modulesArchive(tools.packages)),
    pulumi: await pack("pulumi", () => tar(treeEntries(tools.pulumiFolder, ["pulumi", "pulumi-language-nodejs"]))),
    plugins: await pack("plugins", () => tar(treeEntries(pluginsFolder, pluginNames))),
    // Never left out, as it is what unpacks the others; so it is made as small as can be.
    program: await writer.writeCompressed(archivePath("program"), programArchive(), 19),
  };
}

function archivePath(name: ToolName): string {
  return `tools/${name}.tar.zst`;
}
