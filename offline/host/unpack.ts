import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { createWriteStream, existsSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { writeDurably } from "../../support/durable.ts";
import { say } from "../../support/progress.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";
import { verifiedChunks } from "../package/file-chunks.ts";
import { signatureName } from "../package/journal.ts";
import { manifestName, toolNames, type Content, type ReadManifest, type ToolName } from "../package/manifest.ts";
import { readContent, type PackageFiles } from "../package/read-content.ts";
import { removeHalfTrees } from "./leftovers.ts";
import { mendStackFile } from "./stack-file.ts";
import { listName } from "./tree-list.ts";
import { makeTree, settleTrees } from "./whole-tree.ts";

/** Copied with every version, so that they are there when the disk with the package is not. */
const scripts = [
  "bootstrap.sh",
  "check-signature.sh",
  "data-folder.sh",
  "deploy.sh",
  "health-check.sh",
  "installed.sh",
  "operate.sh",
  "run-log.sh",
];

/**
 * Unpacks a package's tools and program beside those of other versions, and changes nothing that is there.
 * @param folder - the package, whose files have been verified
 */
export async function unpackVersion(
  folder: string,
  manifest: ReadManifest,
  data: DataFolder,
): Promise<InstalledVersion> {
  await data.create();
  await removeHalfTrees(data);
  const source = { folder, files: manifest.files };
  const partials: (string | undefined)[] = [];
  try {
    for (const name of toolNames) partials.push(await unpackTool(source, name, manifest.tools[name], data));
  } finally {
    // Those before one that fails are as good as any.
    await settleTrees(partials.filter((partial) => partial !== undefined));
  }
  const target = data.versionFolder(manifest.digest);
  const partial = await makeTree({
    target,
    makeable: true,
    make: (partial) => makeVersion(folder, manifest, data, { partial, target }),
    changing: (path) => /^program\/Pulumi\.[^/]+\.yaml$|^pulumi\/(?!plugins$)/.test(path),
  });
  if (partial !== undefined) await settleTrees([partial]);
  await keepSignature(folder, target);
  const stackFile = `Pulumi.${manifest.stack}.yaml`;
  await mendStackFile(join(target, "program", stackFile), join(data.tool(manifest.tools.program.digest), stackFile));
  return { folder: target, manifest };
}

async function unpackTool(
  source: PackageFiles,
  name: ToolName,
  content: Content,
  data: DataFolder,
): Promise<string | undefined> {
  const make = async (partial: string) => {
    if (content.files.length === 0)
      throw new Failure(
        `The package has no ${name}, and this host does not have it either: bring the complete package`,
        exitStatus.refused,
      );
    say(`Unpacking ${name}`);
    if (name === "node") {
      await pipeline(readContent(source, content), createWriteStream(join(partial, "node")));
      await chmod(join(partial, "node"), 0o755);
    } else {
      await extract(readContent(source, content), partial);
    }
  };
  return makeTree({ target: data.tool(content.digest), make, makeable: content.files.length > 0 });
}

/**
 * Extracts an archive with the system's tar, as the program's own packages may not be there yet.
 * @param names - what to extract; everything without any
 */
export async function extract(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  ...names: readonly string[]
): Promise<void> {
  const child = spawn("tar", ["-x", "-f", "-", "-C", folder, "--no-same-owner", ...names], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const closed = once(child, "close") as Promise<[number | null]>;
  // What is wrong with tar is in its status.
  child.stdin.on("error", () => undefined);
  try {
    // To its end also when tar has given up: it is the end that tells whether these were the right bytes.
    for await (const chunk of archive)
      if (child.stdin.writable && !child.stdin.write(chunk))
        await Promise.race([once(child.stdin, "drain").catch(() => undefined), closed]);
  } finally {
    child.stdin.end();
    await closed;
  }
  const [status] = await closed;
  if (status !== 0) throw new Failure(`tar could not unpack into ${folder}`);
}

async function makeVersion(
  folder: string,
  manifest: ReadManifest,
  data: DataFolder,
  { partial, target }: { partial: string; target: string },
): Promise<void> {
  const linkTo = async (name: ToolName, path: string, inside = "") => {
    // Relative to where the link will be once the version has its name.
    const from = join(target, path, "..");
    await symlink(relative(from, join(data.tool(manifest.tools[name].digest), inside)), join(partial, path));
  };
  await mkdir(join(partial, "bin"), { recursive: true });
  await mkdir(join(partial, "pulumi"));
  // A copy, because Pulumi writes the salt of the passphrase into the stack's file.
  await cp(data.tool(manifest.tools.program.digest), join(partial, "program"), {
    recursive: true,
    filter: (path) => basename(path) !== listName,
  });
  const stackFile = join("program", `Pulumi.${manifest.stack}.yaml`);
  // Of a damaged one: what an operator has changed in it, and the salt.
  if (existsSync(join(target, stackFile))) await cp(join(target, stackFile), join(partial, stackFile));
  await linkTo("modules", "program/node_modules", "node_modules");
  await linkTo("node", "bin/node", "node");
  await linkTo("pulumi", "cli");
  // Of all versions, as each needs what the others have made; see plugins.ts.
  await symlink(relative(join(target, "pulumi"), data.plugins), join(partial, "pulumi/plugins"));
  await writeScript(join(partial, "bin/pulumi"), pulumiWrapper);
  await writeFile(join(partial, "env.sh"), environmentScript(data.environment(target), target, manifest.stack));
  for (const name of scripts)
    await writeScript(join(partial, name), Buffer.concat([...verifiedChunks(folder, name, manifest.files[name])]));
  await writeFile(join(partial, manifestName), manifest.text);
}

/** Keeps a package's signature with its version, so that it can be checked again; it is in no list, as it may come later. */
async function keepSignature(folder: string, target: string): Promise<void> {
  const signature = join(folder, signatureName);
  if (existsSync(signature)) await writeDurably(join(target, signatureName), await readFile(signature), 0o644);
}

async function writeScript(file: string, text: string | Uint8Array): Promise<void> {
  await writeFile(file, text, { mode: 0o755 });
}

/** Runs the CLI in the program's folder, wherever it is called. */
const pulumiWrapper = `#!/bin/sh
here=$(cd "$(dirname "$0")/.." && pwd -P)
exec "$here/cli/pulumi" --cwd "$here/program" "$@"
`;

/** Text to be sourced by a shell; the same settings as {@link DataFolder.environment}. */
function environmentScript(environment: Readonly<Record<string, string>>, folder: string, stack: string): string {
  const quoted = (value: string) => `'${value.replaceAll("'", "'\\''")}'`;
  const lines = Object.entries({ ...environment, GEMMA_VERSION: folder, GEMMA_STACK: stack }).map(
    ([name, value]) => `export ${name}=${quoted(value)}`,
  );
  // A passphrase in the variable would have precedence over the file.
  return [...lines, "unset PULUMI_CONFIG_PASSPHRASE", `export PATH=${quoted(join(folder, "bin"))}:"$PATH"`, ""].join(
    "\n",
  );
}
