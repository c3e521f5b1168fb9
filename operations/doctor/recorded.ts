import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { backendUrl } from "../../config/backend.ts";
import { containerType, deploymentOf, localState, project, type Deployment } from "../../runner/local-state.ts";
import { isAtWork } from "../../runner/lock.ts";
import type { StackRunArgs } from "../../runner/stack-run.ts";
import { MiB } from "../../support/units.ts";

/** A container as it was deployed. */
export interface RecordedContainer {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly networks: readonly string[];
}

/** What is written down of a stack. */
export interface Recorded {
  readonly containers: readonly RecordedContainer[];
  readonly pending: number;
  /** Whether a run is at work on it. */
  readonly atWork: boolean;
}

/** Reads what Pulumi has written down of a stack, and changes nothing of it. */
export async function recordedOf(args: StackRunArgs): Promise<Recorded> {
  const state = stateOf(args);
  return { ...recordedIn(await readDeployment(args)), atWork: state !== undefined && (await isAtWork(state.locks)) };
}

/** All that Pulumi has written down of a stack; what is secret stays encrypted. */
export function readDeployment(args: StackRunArgs): Promise<Deployment> {
  const state = stateOf(args);
  return state === undefined ? exported(args) : deploymentOf(state);
}

function stateOf({ folder, stack, environment }: StackRunArgs) {
  return localState(backendUrl({ ...process.env, ...environment }), { folder, project, stack });
}

async function exported({ pulumi, folder, stack, environment }: StackRunArgs): Promise<Deployment> {
  const options = { cwd: folder, env: { ...process.env, ...environment }, maxBuffer: 512 * MiB };
  const { stdout } = await promisify(execFile)(pulumi, ["stack", "export", "--stack", stack], options);
  return (JSON.parse(stdout) as { deployment: Deployment }).deployment;
}

/** The containers of a deployment that are to serve, and how much of it was not finished. */
export function recordedIn({ resources = [], pending_operations: pending = [] }: Deployment): Omit<Recorded, "atWork"> {
  const containers = resources.flatMap(({ type, urn = "", id, delete: goes, inputs = {} }) => {
    if (type !== containerType || id === undefined || goes === true) return [];
    const made = (urn.split("::").at(-1) ?? "").replace(/-container$/, "");
    const networks = ((inputs["networksAdvanced"] ?? []) as readonly { readonly name: string }[]).map(
      ({ name }) => name,
    );
    return [{ id, name: String(inputs["name"]), role: made === "ollama" ? "server" : made, networks }];
  });
  return { containers, pending: pending.length };
}
