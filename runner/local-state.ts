import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { backendFolder } from "../config/backend.ts";
import { renameDurably, writeDurably } from "../support/durable.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";

/** Name of the project in Pulumi.yaml. */
export const project = "gemma";

/** Type of the containers that Pulumi has written down. */
export const containerType = "docker:index/container:Container";

/** Type of the networks that Pulumi has written down. */
export const networkType = "docker:index/network:Network";

/** Type of the volumes that Pulumi has written down. */
export const volumeType = "docker:index/volume:Volume";

/** The parts of a recorded resource that are looked at here. */
export interface RecordedResource {
  readonly type: string;
  readonly urn?: string;
  readonly id?: string;
  /** Whether it is what a later one has replaced, and still has to go. */
  readonly delete?: boolean;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/** What Pulumi has written down about a stack, as far as it is looked at here. */
export interface Deployment {
  readonly resources?: readonly RecordedResource[];
  readonly pending_operations?: readonly unknown[];
}

/** Where Pulumi's bookkeeping of one stack is on this machine's disk. */
export interface LocalState {
  /** File with the state. */
  readonly file: string;
  /** File with the version of the backend's layout, which all its stacks share. */
  readonly meta: string;
  /** Folder with older states, each as a file. */
  readonly backups: string;
  /** Folder with what each update did, as files. */
  readonly history: string;
  /** Folder with a file for each run that is at work. */
  readonly locks: string;
}

/**
 * Finds the state of a stack.
 * @param backend - URL of Pulumi's backend
 * @returns undefined when the backend is not a folder of this machine
 */
export function localState(
  backend: string,
  { folder, project, stack }: { readonly folder: string; readonly project: string; readonly stack: string },
): LocalState | undefined {
  const root = backendFolder(backend, folder);
  if (root === undefined) return undefined;
  const below = (...path: string[]) => join(root, ".pulumi", ...path);
  return {
    file: below("stacks", project, `${stack}.json`),
    meta: below("meta.yaml"),
    backups: below("backups", project, stack),
    history: below("history", project, stack),
    locks: below("locks", "organization", project, stack),
  };
}

/**
 * Reads a state file; a sentence of what is wrong with it instead when it is none.
 * @throws Failure when it may not be read, which says nothing of what is in it
 */
async function readState(file: string): Promise<Deployment | string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT")
      throw new Failure(`The state cannot be opened: ${message}; nothing was changed`, exitStatus.refused);
    return "";
  });
  if (text === "") return "it is empty";
  try {
    const { checkpoint } = JSON.parse(text) as { checkpoint?: { latest?: Deployment | null } };
    return checkpoint === undefined ? "it is no state of Pulumi's" : (checkpoint.latest ?? {});
  } catch {
    return "it is not whole";
  }
}

/** What is written down of a stack; nothing for one that was never brought up. */
export async function deploymentOf(state: LocalState): Promise<Deployment> {
  if (!existsSync(state.file)) return {};
  const found = await readState(state.file);
  if (typeof found === "string") throw new Failure(await wayBack(state, found), exitStatus.refused);
  return found;
}

/** The newest copies of a state that can be read, those that Pulumi made before each change. */
async function readableCopies({ file, backups }: LocalState): Promise<string[]> {
  const names = (await readdir(backups).catch(() => [])).filter((name) => name.endsWith(".json")).sort();
  const copies = [`${file}.bak`, ...names.reverse().map((name) => join(backups, name))];
  const states = await Promise.all(copies.map(readState));
  return copies.filter((_, index) => typeof states[index] !== "string");
}

async function wayBack(state: LocalState, problem: string): Promise<string> {
  const [copy] = await readableCopies(state);
  const cure =
    copy === undefined
      ? "There is no earlier state that can be read; taking the stack down finds its containers by their labels, and the next `up` begins anew. Volumes and images stay"
      : `The one before it can be read: \`cp '${copy}' '${state.file}'\`, and run the command again`;
  return `The state ${state.file} cannot be read: ${problem}. Nothing was changed. ${cure}`;
}

/**
 * Puts the newest readable copy in the place of a state that cannot be read, which stays beside it as `.damaged`.
 * @returns what was done, in words; undefined when the state can be read, or there is none
 */
export async function restoreState(state: LocalState): Promise<string | undefined> {
  if (!existsSync(state.file)) return undefined;
  const found = await readState(state.file);
  if (typeof found !== "string") return undefined;
  const [copy] = await readableCopies(state);
  await renameDurably(state.file, `${state.file}.damaged`);
  if (copy === undefined) return `The state ${state.file} cannot be read (${found}), nor any earlier one`;
  await writeDurably(state.file, await readFile(copy));
  return `The state ${state.file} cannot be read (${found}); going on from ${copy}`;
}
