import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { installedPulumi } from "../../runner/pulumi-cli.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { must, run } from "./shell.ts";

/** How long the download of the CLI may take, seconds; a closed network may let it wait for ever. */
const limit = 300;

/**
 * Why there is no Pulumi CLI to test with, undefined when there is one: on the PATH, else the one of `npm ci`, which
 * downloads itself and comes onto the PATH.
 * @param shim - the program of the npm package
 */
export async function missingForPulumi(
  shim = join(projectFolder, "node_modules/.bin/pulumi"),
): Promise<string | undefined> {
  if (installedPulumi() !== undefined) return undefined;
  process.stdout.write(`No Pulumi CLI on the PATH: getting the one of npm ci, for ${limit} seconds at most\n`);
  const env = { ...process.env, NODE_USE_ENV_PROXY: "1", NODE_USE_SYSTEM_CA: "1" };
  // Which ends what the program has started as well.
  const { status, output } = await run("timeout", [String(limit), shim, "version"], { env });
  if (status === 124) return `there is no Pulumi CLI on the PATH, and none came within ${limit} seconds`;
  if (status !== 0)
    return `there is no Pulumi CLI on the PATH, and none can be downloaded (${output.trim().split("\n").at(-1)})`;
  const version = (await must(shim, ["version"], { env })).replace(/^v/, "");
  const home = process.env["PULUMI_HOME"] ?? join(homedir(), ".pulumi");
  process.env["PATH"] = [join(home, "versions", version, "bin"), process.env["PATH"]].join(delimiter);
  return undefined;
}
