import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { docker, tryDocker } from "../engine/docker.ts";
import { say } from "../support/progress.ts";
import { Failure } from "../support/failure.ts";

/** A program, where its state is, and how Pulumi is to run it. */
export interface PulumiProjectArgs {
  /** The Pulumi CLI. */
  readonly pulumi: string;
  readonly folder: string;
  readonly stack: string;
  /** Sets PULUMI_BACKEND_URL to a folder, and the passphrase. */
  readonly environment: NodeJS.ProcessEnv;
}

interface Operation {
  readonly resource: { readonly type: string; readonly inputs?: { readonly name?: string } };
  readonly type: string;
}

/** A stack on a local backend which is brought up and down, also after a run that was killed. */
export class PulumiProject {
  readonly #args: PulumiProjectArgs;

  constructor(args: PulumiProjectArgs) {
    this.#args = args;
  }

  /** Makes the stack when it is not there, and clears away what a killed run left. */
  async prepare(): Promise<void> {
    await this.#quietly("stack", "select", "--create");
    await this.#removeStaleLocks();
    await this.#removePending();
  }

  /**
   * Brings the stack up to what its configuration says and its containers really are.
   * @throws Failure after Pulumi's own message
   */
  async up(): Promise<void> {
    await this.#loudly("up", "--yes", "--skip-preview", "--refresh", "--suppress-outputs");
  }

  /** Takes the stack down. */
  async destroy(): Promise<void> {
    await this.#loudly("destroy", "--yes", "--skip-preview");
  }

  /** Whether the last update, the one of {@link up}, left every resource as it was. */
  async changedNothing(): Promise<boolean> {
    const text = await this.#quietly("stack", "history", "--json", "--page-size", "1");
    const [last] = JSON.parse(text) as { resourceChanges?: Readonly<Record<string, number>> }[];
    return Object.keys(last?.resourceChanges ?? { unknown: 1 }).every((change) => change === "same");
  }

  /** The stack's outputs. */
  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.#quietly("stack", "output", "--json")) as Record<string, unknown>;
  }

  /** A lock is stale when the process that took it is not there any more. */
  async #removeStaleLocks(): Promise<void> {
    const backend = fileURLToPath(this.#args.environment["PULUMI_BACKEND_URL"] ?? "");
    const folder = join(backend, ".pulumi", "locks");
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
      if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
      const file = join(entry.parentPath, entry.name);
      const lock = JSON.parse(await readFile(file, "utf8")) as { pid: number; hostname: string };
      if (lock.hostname === hostname() && !(await isPulumi(lock.pid))) await rm(file);
    }
  }

  /**
   * Removes what a killed run may have made without writing it down.
   *
   * Pulumi writes down before each step what it is about to make; a container made in such a step would hold its port for ever.
   */
  async #removePending(): Promise<void> {
    const state = JSON.parse(await this.#quietly("stack", "export")) as {
      deployment: { pending_operations?: readonly Operation[] };
    };
    const pending = state.deployment.pending_operations ?? [];
    if (pending.length === 0) return;
    say("An earlier run was interrupted; clearing up after it");
    for (const { resource, type } of pending) {
      const name = resource.inputs?.name;
      if (type !== "creating" || name === undefined) continue;
      if (resource.type === "docker:index/container:Container") await tryDocker("rm", "--force", "--volumes", name);
      if (resource.type === "docker:index/network:Network") await removeNetwork(name);
    }
    await this.#quietly("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
  }

  #spawn(args: readonly string[], stdout: "pipe" | "terminal") {
    const { pulumi, folder, stack, environment } = this.#args;
    // Pulumi's own lines are progress, and this program's answers have standard output to themselves.
    const stdio = ["ignore", stdout === "pipe" ? "pipe" : 2, stdout === "pipe" ? "pipe" : 2] as const;
    return spawn(pulumi, [...args, "--stack", stack, "--non-interactive"], {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: [...stdio],
    });
  }

  async #loudly(...args: string[]): Promise<void> {
    const child = this.#spawn(args, "terminal");
    const [status] = (await once(child, "close")) as [number | null];
    if (status !== 0) throw new Failure(`pulumi ${args[0]} failed; the reason stands above`);
  }

  async #quietly(...args: string[]): Promise<string> {
    const child = this.#spawn(args, "pipe");
    const [stdout, stderr, [status]] = await Promise.all([
      child.stdout ? text(child.stdout) : "",
      child.stderr ? text(child.stderr) : "",
      once(child, "close") as Promise<[number | null]>,
    ]);
    if (status !== 0) throw new Failure(`pulumi ${args.slice(0, 2).join(" ")} failed: ${stderr.trim()}`);
    return stdout;
  }
}

/** A network's name is not unique, and it may have no container left. */
async function removeNetwork(name: string): Promise<void> {
  const ids = (await docker("network", "ls", "--filter", `name=^${name}$`, "--quiet")).split("\n");
  for (const id of ids) if (id !== "") await tryDocker("network", "rm", id);
}

/** Whether a process is a Pulumi at work: not one that has ended and waits for its parent, nor another with its number. */
async function isPulumi(pid: number): Promise<boolean> {
  try {
    return basename(await readlink(`/proc/${pid}/exe`)) === "pulumi";
  } catch (error) {
    // Another user's, whose lock is not ours to judge.
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}
