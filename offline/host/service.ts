import { readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { writeDurably } from "../../support/durable.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";
import type { StackRunArgs } from "../../runner/stack-run.ts";
import type { TrialArgs } from "../trial.ts";

/**
 * The stack of a version, on the state that all versions share.
 * @param more - further variables
 */
export function serviceOf(
  version: InstalledVersion,
  data: DataFolder,
  more: Readonly<Record<string, string>> = {},
): StackRunArgs {
  return {
    pulumi: cliOf(version),
    folder: join(version.folder, "program"),
    stack: version.manifest.stack,
    environment: { ...versionEnvironment(version, data), ...more },
  };
}

/** A version's own Pulumi CLI, whatever else is on the host. */
function cliOf({ folder }: InstalledVersion): string {
  return join(folder, "cli/pulumi");
}

/** How a version is tried on the side; see offline/trial.ts. */
export function trialOf(version: InstalledVersion, data: DataFolder): Omit<TrialArgs, "keys"> {
  return {
    pulumi: cliOf(version),
    program: join(version.folder, "program"),
    folder: join(data.path, "trial"),
    environment: versionEnvironment(version, data),
  };
}

/** Settings under which a version's own Node, CLI and plugins are used. */
function versionEnvironment(version: InstalledVersion, data: DataFolder): NodeJS.ProcessEnv {
  return {
    ...data.environment(version.folder),
    // It would have precedence over the file.
    PULUMI_CONFIG_PASSPHRASE: undefined,
    PATH: [join(version.folder, "bin"), process.env["PATH"]].join(delimiter),
  };
}

const salt = /^encryptionsalt:.*$/m;

/** Gives a version's stack file the salt that belongs to the passphrase of this host, as the version before it has it. */
export async function carrySalt(from: InstalledVersion, to: InstalledVersion): Promise<void> {
  const file = ({ folder, manifest }: InstalledVersion) => join(folder, "program", `Pulumi.${manifest.stack}.yaml`);
  const [line] = salt.exec(await readFile(file(from), "utf8")) ?? [];
  const text = await readFile(file(to), "utf8");
  if (line !== undefined && !salt.test(text)) await writeDurably(file(to), `${text.trimEnd()}\n${line}\n`);
}
