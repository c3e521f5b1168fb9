import { existsSync } from "node:fs";
import { LocalWorkspace, Stack, type OutputMap, type UpOptions } from "@pulumi/pulumi/automation/index.js";
import { stackLabels, type StackLabels } from "../engine/stack-labels.ts";
import { stoppedByHand } from "../engine/stopped-by-hand.ts";
import { unwellContainers } from "../engine/unwell-containers.ts";
import { backendUrl } from "../config/backend.ts";
import { replacementVariable } from "../config/decided-replacement.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { say } from "../support/progress.ts";
import { keepImages } from "./kept-images.ts";
import { reconnect } from "./lost-networks.ts";
import { refuseStrangers, removeLeftovers, removeLabelled, strangers } from "./leftovers.ts";
import { clearCutFiles, selectionFile, syncState } from "./cut-files.ts";
import { deploymentOf, localState, project, restoreState, type Deployment, type LocalState } from "./local-state.ts";
import { clearLocks, isAtWork } from "./lock.ts";
import { failedServer, removeFailedServer } from "./failed-server.ts";
import { decideReplacement } from "./replacement-decision.ts";
import { requireSameEngine } from "./same-engine.ts";
import { Steps } from "./steps.ts";
import { gatewayContainers, stoppedContainers } from "./stopped-containers.ts";
import { Interrupted, PulumiUseless, pulumiProcess } from "./pulumi-process.ts";
import { currentOutputs, type StackOutputs } from "./outputs.ts";

/** Which stack is run, and with what. */
export interface StackRunArgs {
  /** The Pulumi CLI. */
  readonly pulumi: string;
  /** Folder of the program. */
  readonly folder: string;
  readonly stack: string;
  /** Added to this process's environment; sets the passphrase, and the backend where it is not the project's own. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Which resources an update is about, in the words of Pulumi's CLI. */
export type Selection = Pick<UpOptions, "target" | "replace" | "targetDependents" | "diff" | "expectNoChanges">;

/** What an update did. */
export interface UpdateResult {
  readonly changedNothing: boolean;
  /** Whether the readiness gate was one of its steps. */
  readonly gated: boolean;
  /** When it was passed, milliseconds since 1970. */
  readonly gatePassed?: number | undefined;
  readonly outputs: StackOutputs;
}

/** A stack that is brought up and down through Pulumi's Automation API, also after runs that were killed. */
export class StackRun {
  readonly #stack: Stack;
  readonly #args: StackRunArgs;
  readonly #state: LocalState | undefined;
  readonly #labels: StackLabels;
  /** What is said before the server is replaced, and was not said yet. */
  #notice: Promise<string | undefined> | undefined;
  /** Whether a run before this one was killed at its work. */
  #interrupted = false;
  /** Whether the engine is reached by another endpoint than the one that is written down. */
  #moved = false;

  private constructor(stack: Stack, args: StackRunArgs) {
    const { state, labels } = placeOf(args);
    this.#stack = stack;
    this.#args = args;
    this.#state = state;
    this.#labels = labels;
  }

  /**
   * Opens a stack, makes it when it is not there, and clears away what a killed run has left.
   * @throws Failure when its state cannot be read, when another run is at work, or when it is in another engine than the chosen one
   */
  static async open(args: StackRunArgs): Promise<StackRun> {
    const { state } = placeOf(args);
    if (state !== undefined) await clearFiles(state, args);
    const run = await StackRun.#select(args, (workspace) => Stack.create(args.stack, workspace));
    const deployment = await run.#deployment();
    run.#moved = await requireSameEngine(args.stack, deployment);
    await run.#clearUp(deployment);
    return run;
  }

  /**
   * Takes a stack down, also one whose state cannot be read, or without its passphrase; its volumes and images stay.
   * @returns whether anything was written down of it
   * @throws Failure that names containers of others on its networks, before anything is removed
   */
  static async takeDown(args: StackRunArgs): Promise<boolean> {
    const { state, labels } = placeOf(args);
    if (state !== undefined) {
      // Before a state is judged, nobody is to be writing it.
      await clearFiles(state, args);
      const restored = await restoreState(state);
      if (restored !== undefined) say(restored);
    }
    // Of another one the labels tell all there is, and a mistyped name makes no new one.
    const known = state === undefined || existsSync(state.file);
    if (known) await StackRun.#destroy(args);
    await removeLabelled(labels);
    return known;
  }

  /** Has Pulumi take down what is written down, as far as it can: containers and networks carry labels besides. */
  static async #destroy(args: StackRunArgs): Promise<void> {
    try {
      await (await StackRun.open(args)).destroy();
    } catch (error) {
      if (!(error instanceof PulumiUseless)) throw error;
      say(`${reasonOf(error)}; what has the labels of the stack ${args.stack} is removed without Pulumi`);
    }
  }

  /**
   * Looks at a stack without touching it, also one whose attributes a power cut has left cut short, and beside a run at work.
   * @throws Failure when it was never brought up here
   */
  static async look(args: StackRunArgs): Promise<StackRun> {
    const { state } = placeOf(args);
    if (state !== undefined && !(await isAtWork(state.locks))) await clearCut(state, args);
    return StackRun.#select(args, () => {
      throw new Failure(`The stack ${args.stack} has not been brought up here: run \`up\` first`, exitStatus.absent);
    });
  }

  static async #select(args: StackRunArgs, missing: (workspace: LocalWorkspace) => Promise<Stack>): Promise<StackRun> {
    const { pulumi, folder, stack, environment } = args;
    const { state } = placeOf(args);
    if (state !== undefined) await deploymentOf(state);
    const workspace = await LocalWorkspace.create({
      pulumiCommand: await pulumiProcess(pulumi),
      workDir: folder,
      envVars: environment as Record<string, string>,
    });
    const known =
      (state !== undefined && existsSync(state.file)) ||
      (await workspace.listStacks()).some(({ name }) => name === stack);
    return new StackRun(known ? await Stack.select(stack, workspace) : await missing(workspace), args);
  }

  async #clearUp(deployment: Deployment): Promise<void> {
    await removeLeftovers(this.#labels, deployment);
    await reconnect(deployment);
    if ((deployment.pending_operations ?? []).length === 0) return;
    this.#interrupted = true;
    say("An earlier run was interrupted; clearing up after it");
    await this.#stack.refresh({ clearPendingCreates: true, ...this.#provider() });
  }

  async #deployment(): Promise<Deployment> {
    if (this.#state !== undefined) return deploymentOf(this.#state);
    return (await this.#stack.exportStack()).deployment as Deployment;
  }

  /** Shows what {@link up} would change, and says how a changed server would be replaced where that is not as its configuration has it. */
  async preview(selection: Selection = {}): Promise<void> {
    const notice = await this.#decide();
    const steps = new Steps();
    const options = { ...selection, ...this.#provider(), ...this.#shown(), onEvent: steps.onEvent };
    await this.#loudly("preview", this.#stack.preview(options));
    if (steps.serverReplaced && notice !== undefined) say(notice);
    this.#notice = Promise.resolve(undefined);
  }

  /**
   * Brings the stack up to what its configuration says and its containers really are.
   * @throws Failure after Pulumi's own message, or before anything is changed when a network that has to go is used by others
   */
  async up(selection: Selection = {}): Promise<UpdateResult> {
    await this.#lookAhead(selection);
    const steps = new Steps();
    const { summary, outputs } = await this.#loudly(
      "up",
      this.#stack.up({ ...selection, ...this.#provider(), ...this.#shown(), onEvent: steps.onEvent }),
    );
    const changes = Object.entries(summary.resourceChanges ?? {}).filter(([, count]) => count > 0);
    return {
      gated: steps.gate,
      gatePassed: steps.gatePassed,
      changedNothing: changes.every(([change]) => change === "same"),
      outputs: plain(outputs),
    };
  }

  /** @throws Failure that names a container which somebody has stopped */
  async requireStarted(): Promise<void> {
    const [name] = await stoppedContainers(this.#labels, await this.#deployment());
    if (name !== undefined) throw new Failure(`${stoppedByHand(name)}: start it with \`docker start ${name}\``);
  }

  /** @throws Failure that names a container of its gateway which does not run, or whose health check fails */
  async requireWell(): Promise<void> {
    const [problem] = await unwellContainers(gatewayContainers(await this.#deployment()));
    if (problem !== undefined) throw new Failure(problem);
  }

  /** Keeps the images of its containers from packages on this host that remove theirs. */
  async keepImages(): Promise<void> {
    await keepImages(this.#labels);
  }

  /** Looks at what is to come before anything is changed, which takes a preview where there is something to refuse, to remove or to say. */
  async #lookAhead(selection: Selection): Promise<void> {
    const deployment = await this.#deployment();
    const stopped = this.#interrupted ? [] : await stoppedContainers(this.#labels, deployment);
    for (const name of stopped) say(`${stoppedByHand(name)}: starting it now`);
    const [found, failed] = [await strangers(deployment), failedServer(deployment)];
    const notice = await this.#decide();
    if (found.length === 0 && failed === undefined && notice === undefined) return;
    const steps = new Steps();
    await this.#stack.preview({ ...selection, ...this.#provider(), onEvent: steps.onEvent });
    if (steps.networkGoes) refuseStrangers(found);
    if (!steps.serverReplaced) return;
    if (failed !== undefined) await removeFailedServer(failed);
    else if (notice !== undefined) say(notice);
  }

  /** Decides once how this run replaces a changed server. */
  #decide(): Promise<string | undefined> {
    this.#notice ??= decideReplacement({ ...this.#args, labels: this.#labels }).then((plan) => {
      if (plan !== undefined) this.#stack.workspace.envVars[replacementVariable] = plan.replacement;
      return plan?.notice;
    });
    return this.#notice;
  }

  /** @throws Failure that names containers of others on its networks, before anything is removed */
  async destroy(): Promise<void> {
    refuseStrangers(await strangers(await this.#deployment()));
    await this.#loudly("destroy", this.#stack.destroy({ ...this.#provider(), ...this.#shown() }));
  }

  /** The stack's outputs; secret ones too. */
  async outputs(): Promise<StackOutputs> {
    return plain(await this.#stack.outputs());
  }

  /** Has Pulumi look at resources through the program's provider where the recorded one leads nowhere any more. */
  #provider() {
    return this.#moved ? { runProgram: true } : {};
  }

  /** Pulumi's own lines are progress, and this program's answers have standard output to themselves. */
  #shown() {
    const show = (text: string) => process.stderr.write(text);
    const color = process.stderr.isTTY ? ("always" as const) : ("never" as const);
    return { onOutput: show, onError: show, color, suppressOutputs: true };
  }

  async #loudly<Result>(what: string, work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof Interrupted || error instanceof PulumiUseless) throw error;
      throw new Failure(`pulumi ${what} failed; the reason stands above`);
    } finally {
      if (this.#state !== undefined) await syncState(this.#state);
    }
  }
}

function plain(outputs: OutputMap): StackOutputs {
  const entries = Object.entries(outputs).map(([key, { value }]) => [key, value as unknown] as const);
  return currentOutputs(Object.fromEntries(entries));
}

/** Takes away what killed runs have left among Pulumi's files; waits while a run is at work. */
async function clearFiles(state: LocalState, args: StackRunArgs): Promise<void> {
  await clearLocks(state.locks);
  await clearCut(state, args);
}

async function clearCut(state: LocalState, { folder, environment }: StackRunArgs): Promise<void> {
  const cleared = await clearCutFiles(state, selectionFile(project, folder, { ...process.env, ...environment }));
  if (cleared !== undefined) say(cleared);
}

function placeOf({ folder, stack, environment }: StackRunArgs): { state: LocalState | undefined; labels: StackLabels } {
  const backend = backendUrl({ ...process.env, ...environment });
  return {
    state: localState(backend, { folder, project, stack }),
    labels: stackLabels({ project, stack, backend, folder }),
  };
}

/** Labels of a stack's containers and networks. */
export function stackLabelsOf(args: StackRunArgs): StackLabels {
  return placeOf(args).labels;
}
