import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stringify } from "yaml";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { isOwnFolder, makeOwnFolder, removeOwnFolder } from "../support/own-folder.ts";
import { say } from "../support/progress.ts";
import { bringUp, type BroughtUp } from "../runner/bring-up.ts";
import { stackLabelsOf, StackRun, type StackRunArgs } from "../runner/stack-run.ts";
import type { StackLabels } from "../engine/stack-labels.ts";

/** Keys of a stack's configuration with their full names; objects as they are. */
export type StackKeys = Readonly<Record<string, unknown>>;

/** A trial: which program, which configuration, and a folder of its own. */
export interface TrialArgs {
  /** The Pulumi CLI. */
  readonly pulumi: string;
  readonly program: string;
  readonly keys: StackKeys;
  /** Is there only during a trial. */
  readonly folder: string;
  readonly environment?: NodeJS.ProcessEnv;
  /** Called with the labels of its containers when it failed, before it is taken down. */
  readonly onFailure?: (labels: StackLabels) => Promise<void>;
}

const stack = "trial";

/**
 * Brings a stack up beside everything else on a network with no way out, lets it pass its gate and takes it down.
 *
 * Nothing is published, so that it never stands in the way of the port it will have.
 * @param use - what else is done with it while it is up
 * @throws Failure after Pulumi's own message when it does not pass
 */
export async function tryStack<Result = void>(
  args: TrialArgs,
  use?: (up: BroughtUp) => Promise<Result>,
): Promise<Result> {
  if (!(await isOwnTrial(args.folder)))
    throw new Failure(
      `${args.folder}, where the stack is tried, holds files of others: move them away, and run the command again`,
      exitStatus.refused,
    );
  await clearTrial(args);
  const stackArgs = await trialStack(args);
  try {
    const up = await bringUp(await StackRun.open(stackArgs));
    return (await use?.(up)) as Result;
  } catch (error) {
    await args.onFailure?.(stackLabelsOf(stackArgs));
    throw error;
  } finally {
    say("The trial is over; taking it down");
    await StackRun.takeDown(stackArgs);
    await removeOwnFolder(args.folder);
  }
}

/** Whether there is no folder at a trial's place, or one that a trial has left. */
export async function isOwnTrial(folder: string): Promise<boolean> {
  if (!existsSync(folder) || (await isOwnFolder(folder))) return true;
  // From before there was a mark.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const known = [`Pulumi.${stack}.yaml`, "passphrase", "state"];
  return (
    entries.some(({ name }) => name === known[0]) &&
    entries.every((entry) => entry.isSymbolicLink() || known.includes(entry.name))
  );
}

/** Takes down what a trial that was killed left; what is not a trial's stays. */
export async function clearTrial(args: Omit<TrialArgs, "keys">): Promise<void> {
  if (!(await isOwnTrial(args.folder))) return;
  if (existsSync(join(args.folder, "state"))) await StackRun.takeDown(stackIn(args));
  await removeOwnFolder(args.folder);
}

function stackIn({ pulumi, folder, environment }: Omit<TrialArgs, "keys">): StackRunArgs {
  return {
    pulumi,
    folder,
    stack,
    environment: {
      ...environment,
      PULUMI_BACKEND_URL: pathToFileURL(join(folder, "state")).href,
      PULUMI_CONFIG_PASSPHRASE: undefined,
      PULUMI_CONFIG_PASSPHRASE_FILE: join(folder, "passphrase"),
    },
  };
}

/**
 * The configuration of a trial: the server has no way out, a gateway takes any free port of loopback, and nothing watches.
 *
 * The organisation's certificate belongs to another address, and may not be on this machine. The subnets are those of the
 * stack itself, which may be up beside it.
 */
function trialKeys(keys: StackKeys): StackKeys {
  const gateway = keys["gemma:gateway"] as object | undefined;
  return {
    ...keys,
    "gemma:network": { internal: true },
    "gemma:address": "127.0.0.1",
    "gemma:port": 0,
    // What watches the stack itself goes on, and a trial ends by itself.
    "gemma:monitoring": undefined,
    "gemma:watcher": undefined,
    // Without a value a key is not written.
    ...(gateway ? { "gemma:gateway": { ...gateway, subnet: undefined, tls: { mode: "none" } } } : {}),
  };
}

/** A folder that is the program but for its stack's file and its state. */
async function trialStack(args: TrialArgs): Promise<StackRunArgs> {
  const { program, folder, keys } = args;
  await makeOwnFolder(folder);
  const own = [/^Pulumi\..+\.yaml$/, /^\./, /^state$/, /^staged$/];
  for (const name of await readdir(program))
    if (!own.some((pattern) => pattern.test(name))) await symlink(join(program, name), join(folder, name));
  await writeFile(join(folder, `Pulumi.${stack}.yaml`), stringify({ config: trialKeys(keys) }));
  await writeFile(join(folder, "passphrase"), randomBytes(32).toString("hex"), { mode: 0o600 });
  await mkdir(join(folder, "state"));
  return stackIn(args);
}
