import { readlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { damagedFile, hasList } from "../../offline/host/tree-list.ts";
import type { Deployment } from "../../runner/local-state.ts";
import type { StackRunArgs } from "../../runner/stack-run.ts";
import { changedBlobs } from "./blobs.ts";
import { compareTraits, type Difference } from "./compare.ts";
import { changedConfiguration } from "./configuration.ts";
import { deployedIn } from "./deployed.ts";
import { inspected, runningTraits } from "./running.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

/** What is compared. */
export interface DriftQuestion {
  readonly args: StackRunArgs;
  readonly deployment: Deployment;
  /** On a closed host the link to the version that serves. */
  readonly current: string | undefined;
  /** Whether the models' files are left out. */
  readonly quick: boolean;
}

/** Compares what runs with what was deployed, and changes nothing. */
export async function driftOf({ args, deployment, current, quick }: DriftQuestion): Promise<Verdict> {
  const differences: Difference[] = [];
  const untold: string[] = [];
  const add = (what: string, found: readonly Difference[] | undefined) => {
    if (found === undefined) untold.push(what);
    else differences.push(...found);
  };
  if ((deployment.pending_operations ?? []).length > 0) untold.push("an update is at work, or was interrupted");
  const containers = deployedIn(deployment);
  for (const { id, name, role, traits } of containers) {
    const found = await inspected(id);
    if (found === undefined) differences.push({ of: name, key: "container", deployed: id.slice(0, 12), now: "gone" });
    else differences.push(...compareTraits(name, traits, runningTraits(found)));
    if (role === "server" && !quick) add("files of the models", await changedBlobs(id));
  }
  if (containers.length === 0) untold.push("containers: the state has none");
  add("configuration", await changedConfiguration(args));
  if (current !== undefined) add("files of the program", await changedProgram(current));
  return verdictOf(differences, untold, quick ? ["files of the models"] : []);
}

async function changedProgram(current: string): Promise<readonly Difference[] | undefined> {
  const version = resolve(dirname(current), await readlink(current).catch(() => "."));
  if (!hasList(version)) return undefined;
  const file = await damagedFile(version);
  return file === undefined ? [] : [{ of: "program", key: file }];
}
