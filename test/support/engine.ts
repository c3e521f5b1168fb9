import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe } from "vitest";
import { must, run } from "./shell.ts";
import { uniqueName } from "./unique-name.ts";

/** A second Docker engine, with its own images, networks and network namespace. */
export interface Engine {
  /** Environment that points the docker CLI and the provider at it. */
  readonly env: NodeJS.ProcessEnv;
  /** Put in front of a command to run it in the engine's network namespace. */
  readonly prefix: readonly string[];
  /** Copies an image from the default engine. */
  load(image: string): Promise<void>;
  /** Runs a command in the engine's network namespace, talking to the engine. */
  inside(command: string, ...args: string[]): Promise<string>;
  /** Stops the engine's daemon, with its containers; {@link start} brings both back. */
  halt(): Promise<void>;
  start(): Promise<void>;
  /** Stops the engine and removes everything of it. */
  stop(): Promise<void>;
}

/** Why a second engine cannot be started here, undefined when it can. */
function missingForEngine(): string | undefined {
  if (process.getuid?.() !== 0) return "a second Docker engine needs root";
  for (const tool of ["dockerd", "ip", "nsenter"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `a second Docker engine needs ${tool}`;
  }
  return undefined;
}

/** A suite that needs a second engine; where none can be started it is skipped, with the reason in its name. */
export function describeWithEngine(name: string, suite: () => void): void {
  const missing = missingForEngine();
  if (missing === undefined) describe(name, suite);
  else describe.skip(`${name} (skipped: ${missing})`, suite);
}

/**
 * Starts an engine in a network namespace that has loopback and nothing else: the closed host.
 * @param path - folders in front of its PATH, for stand-ins of programs that Docker calls
 */
export async function startClosedEngine(...path: string[]): Promise<Engine> {
  const namespace = uniqueName("closed");
  await must("ip", ["netns", "add", namespace]);
  const prefix = ["nsenter", `--net=/run/netns/${namespace}`];
  await must("nsenter", [...prefix.slice(1), "ip", "link", "set", "lo", "up"]);
  const folder = await mkdtemp(join(tmpdir(), "gemma-engine-"));
  const socket = `unix://${join(folder, "docker.sock")}`;
  const options = ["--data-root", "data", "--exec-root", "exec", "--pidfile", "pid"].map((option, index) =>
    index % 2 === 0 ? option : join(folder, option),
  );
  const args = [...prefix.slice(1), "dockerd", "--host", socket, ...options];
  const daemonPath = [...path, process.env["PATH"]].join(delimiter);
  const env = { DOCKER_HOST: socket };
  const all = { ...process.env, ...env };
  const engine: Engine = {
    env,
    prefix,
    load: async (image) => {
      await must("sh", ["-c", `docker --host unix:///var/run/docker.sock save ${image} | docker load`], { env: all });
    },
    inside: (command, ...rest) => must("nsenter", [...prefix.slice(1), command, ...rest], { env: all }),
    start: async () => {
      spawn("nsenter", args, { env: { ...process.env, PATH: daemonPath }, stdio: "ignore", detached: true }).unref();
      for (let tries = 0; (await run("docker", ["version"], { env: all })).status !== 0; tries += 1) {
        if (tries > 60) throw new Error(`the engine in ${folder} did not start`);
        await sleep(500);
      }
    },
    halt: async () => {
      const pid = Number(await readFile(join(folder, "pid"), "utf8"));
      process.kill(pid);
      for (let tries = 0; tries < 100 && (await run("kill", ["-0", String(pid)])).status === 0; tries += 1)
        await sleep(100);
    },
    stop: async () => {
      await run("sh", ["-c", "docker ps -aq | xargs -r docker rm -f -v"], { env: all });
      await engine.halt();
      await run("ip", ["netns", "delete", namespace]);
      await run("sh", ["-c", `umount -l ${folder}/data/overlay2 2>/dev/null; true`]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await engine.start();
  return engine;
}
