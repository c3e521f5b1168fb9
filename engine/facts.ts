import { readFile, realpath } from "node:fs/promises";
import { Agent, get } from "node:http";
import { hostname } from "node:os";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";

/** The parts of an engine's answer to `GET /info` that are looked at. */
export interface EngineInfo {
  readonly ID?: string;
  readonly DockerRootDir?: string;
  /** Name of the host that it runs on. */
  readonly Name?: string;
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  /** CPUs of its host. */
  readonly NCPU?: number;
  /** Bytes of memory of its host. */
  readonly MemTotal?: number;
  readonly CgroupVersion?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** What is known about an engine, in its own words. */
export interface EngineFacts {
  readonly endpoint: string;
  readonly info: EngineInfo;
  /** Names of the parts of the server, `Engine` or `Podman Engine` among them. */
  readonly components: readonly string[];
  /** Whether it listens in the network namespace of this program. */
  readonly near: boolean;
  /** Name of this host. */
  readonly host: string;
}

// An agent of its own, because the global one goes through HTTP_PROXY, and the engine is on this machine.
const agent = new Agent();

/** How long an engine may take to answer, milliseconds. */
const patience = 10_000;

/**
 * Asks an engine what it is, over its own interface: a docker CLI for each question would take longer than all the rest of a preview's checks.
 * @param known - its answer to `GET /info`, where it was asked already
 * @throws Failure that says why it does not answer, and what to do
 */
export async function gatherEngine(endpoint: string, known?: EngineInfo): Promise<EngineFacts> {
  const [info, version, near] = await Promise.all([
    known ?? ask<EngineInfo>(endpoint, "/info"),
    ask<{ Components?: readonly { readonly Name: string }[] }>(endpoint, "/version"),
    listensHere(endpoint),
  ]).catch((error: unknown) => {
    throw new Failure(unanswered(endpoint, error as NodeJS.ErrnoException), exitStatus.refused);
  });
  return { endpoint, info, components: (version.Components ?? []).map(({ Name }) => Name), near, host: hostname() };
}

/** The kernel lists sockets with a path for the network namespace of whoever asks alone; loopback is one's own anyway. */
async function listensHere(endpoint: string): Promise<boolean> {
  if (!endpoint.startsWith("unix://")) return true;
  const table = await readFile("/proc/net/unix", "utf8").catch(() => undefined);
  if (table === undefined) return true;
  const socket = await realpath(endpoint.slice("unix://".length));
  const paths = listening(table);
  // /var/run is a link to /run on most systems, and either may have been given to the engine.
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return real.includes(socket);
}

/** Paths of the sockets that accept connections: the server's end of one's own connection is listed with the same path. */
function listening(table: string): string[] {
  const entry = /^\S+ \S+ \S+ 00010000 \S+ \S+ +\S+ (\/.*)$/gm;
  return [...table.matchAll(entry)].map(([, path = ""]) => path);
}

/** Asks an engine over its own interface. */
export function ask<Answer>(endpoint: string, path: string): Promise<Answer> {
  const url = new URL(endpoint);
  const place = endpoint.startsWith("unix://")
    ? { socketPath: endpoint.slice("unix://".length) }
    : { host: url.hostname.replace(/^\[|\]$/g, ""), port: url.port };
  return new Promise((resolve, reject) => {
    const sent = get({ ...place, path, agent, timeout: patience, headers: { host: "docker" } }, (answer) => {
      answer.toArray().then((chunks) => {
        const text = Buffer.concat(chunks as Buffer[]).toString();
        if (answer.statusCode === 200) resolve(JSON.parse(text) as Answer);
        else reject(new Error(`${path} answered ${answer.statusCode}: ${text.trim()}`));
      }, reject);
    });
    sent.on("timeout", () => sent.destroy(new Error(`no answer within ${patience / 1000} s`)));
    sent.on("error", reject);
  });
}

function unanswered(endpoint: string, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case "EACCES":
      return `The engine at ${endpoint} may not be used by this user: run as root, or join the group docker and log in again`;
    case "ENOENT":
    case "ECONNREFUSED":
      return `There is no Docker engine at ${endpoint}: start it with \`systemctl start docker\`, or choose another with DOCKER_HOST or \`docker context use\``;
    default:
      return `The Docker engine at ${endpoint} does not answer: ${message || String(code)}`;
  }
}
