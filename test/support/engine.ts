import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe } from "vitest";
import { engineKind, type EngineKind } from "./engine-kinds.ts";
import { NameServer } from "./name-server.ts";
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
  /** The names that were looked up there, of which none is known. */
  names(): Promise<readonly string[]>;
  /** Stops the engine's daemon, with its containers; {@link start} brings both back. */
  halt(): Promise<void>;
  start(): Promise<void>;
  /** Stops the engine and removes everything of it. */
  stop(): Promise<void>;
}

/** Why a second engine cannot be started here, undefined when it can. */
export function missingForEngine(): string | undefined {
  if (process.getuid?.() !== 0) return "a second Docker engine needs root";
  for (const tool of ["dockerd", "ip", "nsenter", "unshare", "iptables"]) {
    if (spawnSync("sh", ["-c", `command -v ${tool}`]).status !== 0) return `a second Docker engine needs ${tool}`;
  }
  return undefined;
}

/** The engine that commands talk to by themselves. */
const defaultHost = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

/** A suite that needs a second engine; where none can be started it is skipped, with the reason in its name. */
export function describeWithEngine(name: string, suite: () => void): void {
  const missing = missingForEngine();
  if (missing === undefined) describe(name, suite);
  else describe.skip(`${name} (skipped: ${missing})`, suite);
}

/** As {@link startEngine}, of the kind that the tests run on: the closed host. */
export function startClosedEngine(...path: string[]): Promise<Engine> {
  return startEngine(engineKind(), ...path);
}

/**
 * Starts an engine in a network namespace that has loopback and nothing else, with a name server that knows nothing.
 * @param path - folders in front of its PATH, for stand-ins of programs that Docker calls
 */
export async function startEngine(kind: EngineKind, ...path: string[]): Promise<Engine> {
  const namespace = uniqueName("closed");
  await must("ip", ["netns", "add", namespace]);
  await must("ip", ["-n", namespace, "link", "set", "lo", "up"]);
  const folder = await mkdtemp(join(tmpdir(), "gemma-engine-"));
  const nameServer = await NameServer.start(namespace, folder);
  const { prefix } = nameServer;
  const socket = `unix://${join(folder, "docker.sock")}`;
  const options = ["--data-root", "data", "--exec-root", "exec", "--pidfile", "pid"].map((option, index) =>
    index % 2 === 0 ? option : join(folder, option),
  );
  const args = [...prefix.slice(1), "dockerd", "--host", socket, ...options, ...kind.options];
  const daemonPath = [...path, ...kind.path, process.env["PATH"]].join(delimiter);
  const env = { DOCKER_HOST: socket };
  const all = { ...process.env, ...env };
  const engine: Engine = {
    env,
    prefix,
    load: async (image) => {
      await must("sh", ["-c", `docker --host ${defaultHost} save ${image} | docker load`], { env: all });
    },
    names: () => nameServer.names(),
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
      await nameServer.stop();
      await run("ip", ["netns", "delete", namespace]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  await engine.start();
  return engine;
}
