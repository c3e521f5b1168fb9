import { join } from "node:path";
import { modelsDo, modelsText } from "../../config/model-name.ts";
import { layersOf } from "../../engine/layers.ts";
import { say } from "../../support/progress.ts";
import { keepTokensVariable } from "../../components/rotations.ts";
import { replacementVariable } from "../../config/decided-replacement.ts";
import { stackKeys } from "../../config/stack-files.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { deployedKeys, undoneChanges } from "./changed-keys.ts";
import { adoptMoved } from "./moved-folder.ts";
import { nameOf, type DataFolder, type InstalledVersion } from "./data-folder.ts";
import { recordDeployed, type Origin } from "./deployed.ts";
import { recordHealth } from "./health-record.ts";
import { toolNames, type PackagedImage } from "../package/manifest.ts";
import { sharePlugins } from "./plugins.ts";
import { imagesOf, prune } from "./prune.ts";
import { carrySalt, serviceOf, trialOf } from "./service.ts";
import { trialOutlook, type TrialOutlook } from "./trial-outlook.ts";
import { clearTrial, isOwnTrial, tryStack } from "../trial.ts";
import { bringUp } from "../../runner/bring-up.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { Interrupted } from "../../runner/pulumi-process.ts";
import { StackRun } from "../../runner/stack-run.ts";

/** What whoever deploys has chosen. */
export interface DeploymentOptions {
  /** Whether the new version takes its place without having been tried beside the old one. */
  readonly skipTrial: boolean;
}

/**
 * Makes an installed version the one that serves: a trial beside the old version, the stack, the gate.
 *
 * The old version serves until the new one has passed, and again when the new one fails in its place.
 * @throws Failure that says which version serves now
 */
export async function applyVersion(
  version: InstalledVersion,
  data: DataFolder,
  origin: Origin,
  options: DeploymentOptions,
): Promise<void> {
  const old = await data.current();
  await sharePlugins(data);
  await clearTrial(trialOf(version, data));
  const again = old?.folder === version.folder;
  if (old !== undefined && !again) {
    await carrySalt(old, version);
    await tryBeside(old, version, data, options);
  }
  await switchTo(version, old, data, { again });
  await data.select(version);
  await recordDeployed(data, version, { by: "deployment", origin, served: again });
  await prune(data);
}

/** How a version takes the place of another. */
interface SwitchOptions {
  /** Whether it was deployed before. */
  readonly again?: boolean;
  /** Further variables for its program. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Clients cannot know that somebody goes back. */
const keepTokens = { [keepTokensVariable]: "1" };

async function switchTo(
  version: InstalledVersion,
  old: InstalledVersion | undefined,
  data: DataFolder,
  { again = false, environment = {} }: SwitchOptions = {},
): Promise<void> {
  const run = await StackRun.open(serviceOf(version, data, environment));
  const { outputs, changedNothing } = await bringUp(run).catch((error: unknown) => {
    // Whoever interrupts wants no other version either; the next run carries on.
    if (old === undefined || again || error instanceof Interrupted) throw error;
    return goBack(old, data, reasonOf(error));
  });
  await recordHealth(
    data.path,
    true,
    `${modelsText(outputs.models)} answered when version ${nameOf(version.manifest)} was deployed`,
  );
  process.stdout.write(again && changedNothing ? "Nothing has changed: this version was deployed before.\n" : "");
  process.stdout.write(`${summary(version, data, outputs)}\n`);
}

/** @throws Failure always; the version that serves is named in it */
async function goBack(old: InstalledVersion, data: DataFolder, reason: string): Promise<never> {
  say(`The new version failed in its place; going back to version ${nameOf(old.manifest)}`);
  // The server that failed may still be there, beside the one that serves: it goes first, so that there are never three.
  const environment = { ...keepTokens, [replacementVariable]: "recreate" };
  await bringUp(await StackRun.open(serviceOf(old, data, environment)));
  throw new Failure(
    `The new version was not deployed (${reason}); version ${nameOf(old.manifest)} serves again`,
    exitStatus.oldServes,
  );
}

/** Tries the new version on the side while the old one serves, unless the host cannot hold both or nobody wants it to. */
async function tryBeside(
  old: InstalledVersion,
  version: InstalledVersion,
  data: DataFolder,
  options: DeploymentOptions,
): Promise<void> {
  const trial = trialOf(version, data);
  if (servesTheSame(old, version)) return;
  const { obstacle, doubt } = await outlook(trial.folder, version, options);
  if (obstacle !== undefined) {
    say(`The new version is not tried beside the old one: ${obstacle}`);
    return;
  }
  if (doubt !== undefined) say(doubt);
  say(`Trying the new version beside version ${nameOf(old.manifest)}, which goes on serving`);
  await tryStack({ ...trial, keys: stackKeys(version.manifest.stack) }).catch((error: unknown) => {
    throw new Failure(
      `The new version was not deployed (${reasonOf(error)}); version ${nameOf(old.manifest)} serves as before`,
      error instanceof Interrupted ? error.status : exitStatus.oldServes,
    );
  });
}

async function outlook(
  folder: string,
  { manifest }: InstalledVersion,
  { skipTrial }: DeploymentOptions,
): Promise<TrialOutlook> {
  if (skipTrial) return { obstacle: "--skip-trial was given" };
  if (!(await isOwnTrial(folder))) return { obstacle: `${folder} holds files of others` };
  return trialOutlook(manifest.stack);
}

/** Whether two versions have the same program, configuration, tools and images. */
function servesTheSame({ manifest: a }: InstalledVersion, { manifest: b }: InstalledVersion): boolean {
  const ids = (images: readonly PackagedImage[]) => images.map(({ id }) => id).join();
  return toolNames.every((name) => a.tools[name].digest === b.tools[name].digest) && ids(a.images) === ids(b.images);
}

/**
 * Goes back to the version that served before, from what is on this host.
 * @throws Failure that says which version serves now
 */
export async function rollBack(data: DataFolder): Promise<void> {
  const current = await data.current();
  const previous = await data.previous();
  if (current === undefined || previous === undefined)
    throw new Failure(
      "There is no earlier version on this host to go back to; nothing was changed",
      exitStatus.refused,
    );
  for (const name of imagesOf(previous))
    if ((await layersOf(name)) === undefined)
      throw new Failure(
        `The image ${name} of version ${nameOf(previous.manifest)} is not in the engine any more: deploy its package instead; nothing was changed`,
        exitStatus.refused,
      );
  await sharePlugins(data);
  await adoptMoved(data);
  await clearTrial(trialOf(current, data));
  say(`Going back from version ${nameOf(current.manifest)} to version ${nameOf(previous.manifest)}`);
  sayWhatStays(current, previous, data);
  await switchTo(previous, current, data, { environment: keepTokens });
  await data.select(previous);
  await recordDeployed(data, previous, { by: "rollback", served: false });
  await prune(data);
}

/** Whoever goes back has no time for what only could not be told. */
function sayWhatStays(current: InstalledVersion, previous: InstalledVersion, data: DataFolder): void {
  try {
    const lines = undoneChanges(current, deployedKeys(previous), data);
    if (lines.length > 0)
      say(
        `What was changed here in the configuration of version ${nameOf(current.manifest)} stays with it:\n${lines.join("\n")}`,
      );
  } catch (error) {
    say(`Whether the configuration was changed here is not known: ${reasonOf(error)}`);
  }
}

function accessOf(stack: string, { tokens }: StackOutputs): string {
  if (tokens === undefined) return "Access: everyone who reaches that address; no token is asked for";
  return `Access: with a client's token, which pulumi stack output tokens --show-secrets -s ${stack} tells (see below)`;
}

function summary(version: InstalledVersion, data: DataFolder, outputs: StackOutputs): string {
  const { manifest, folder } = version;
  return [
    `${modelsDo(manifest.models, "serve")} at ${outputs.baseUrl}, version ${nameOf(version.manifest)}`,
    accessOf(manifest.stack, outputs),
    `State: ${join(data.path, "state")}, passphrase: ${join(data.path, "passphrase")} (keep a copy)`,
    `Health: ${join(data.path, "current/health-check.sh")}    Back: ${join(data.path, "current/deploy.sh")} --rollback`,
    `Plain Pulumi: source ${join(data.path, "current/env.sh")}; pulumi up -s ${manifest.stack}   (in ${join(folder, "program")})`,
  ].join("\n");
}
