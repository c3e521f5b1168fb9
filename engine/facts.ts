import { Agent, get } from "node:http";
import { networkInterfaces } from "node:os";
import { Failure } from "../support/failure.ts";

/** The parts of an engine's answer to `GET /info` that are looked at. */
export interface EngineInfo {
  readonly ID?: string;
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  readonly SecurityOptions?: readonly string[] | null;
}

/** What is known about an engine, in its own words. */
export interface EngineFacts {
  readonly endpoint: string;
  readonly info: EngineInfo;
  /** Names of the parts of the server, `Engine` or `Podman Engine` among them. */
  readonly components: readonly string[];
  /** Subnets of its default network; empty where it has none. */
  readonly subnets: readonly string[];
  /** IP addresses of this host. */
  readonly addresses: readonly string[];
}

// An agent of its own, because the global one goes through HTTP_PROXY, and the engine is on this machine.
const agent = new Agent();

/** How long an engine may take to answer, milliseconds. */
const patience = 10_000;

/**
 * Asks an engine what it is, over its own interface: a docker CLI for each question would take longer than all the rest of a preview's checks.
 * @throws Failure that says why it does not answer, and what to do
 */
export async function gatherEngine(endpoint: string): Promise<EngineFacts> {
  const [info, version, bridge] = await Promise.all([
    ask<EngineInfo>(endpoint, "/info"),
    ask<{ Components?: readonly { readonly Name: string }[] }>(endpoint, "/version"),
    ask<{ IPAM?: { Config?: readonly { readonly Subnet?: string }[] | null } }>(endpoint, "/networks/bridge"),
  ]).catch((error: unknown) => {
    throw new Failure(unanswered(endpoint, error as NodeJS.ErrnoException));
  });
  return {
    endpoint,
    info,
    components: (version.Components ?? []).map(({ Name }) => Name),
    subnets: (bridge.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
    addresses: Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
  };
}

function ask<Answer>(endpoint: string, path: string): Promise<Answer> {
  const { hostname, port } = new URL(endpoint);
  const place = endpoint.startsWith("unix://")
    ? { socketPath: endpoint.slice("unix://".length) }
    : { host: hostname.replace(/^\[|\]$/g, ""), port };
  return new Promise((resolve, reject) => {
    const sent = get({ ...place, path, agent, timeout: patience, headers: { host: "docker" } }, (answer) => {
      answer.toArray().then((chunks) => {
        const text = Buffer.concat(chunks as Buffer[]).toString();
        // An engine without a default network says so with 404.
        resolve((answer.statusCode === 200 ? JSON.parse(text) : {}) as Answer);
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
