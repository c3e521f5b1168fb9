import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { noDocker } from "./docker.ts";

const execute = promisify(execFile);

/** What `docker context inspect` says of the context that is in force. */
interface Context {
  readonly Name: string;
  readonly Endpoints?: { readonly docker?: { readonly Host?: string } };
}

const choose = "choose the engine with DOCKER_HOST, DOCKER_CONTEXT or `docker context use`";

const defaultEndpoint = "unix:///var/run/docker.sock";

/** Whether nobody has chosen an engine, so that the docker CLI, whose start takes a twentieth of a preview, need not be asked. */
async function noneChosen({ DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG }: NodeJS.ProcessEnv): Promise<boolean> {
  if (DOCKER_HOST || DOCKER_CONTEXT) return false;
  const folder = DOCKER_CONFIG === undefined || DOCKER_CONFIG === "" ? join(homedir(), ".docker") : DOCKER_CONFIG;
  const settings = join(folder, "config.json");
  const text = await readFile(settings, "utf8").catch((error: unknown) => {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "" : undefined;
  });
  // What cannot be read, or names a context, is left to the CLI.
  return text !== undefined && !text.includes('"currentContext"');
}

/**
 * Endpoint of the engine that the docker CLI talks to, which obeys DOCKER_HOST, DOCKER_CONTEXT and `docker context use`.
 * @returns for example `unix:///var/run/docker.sock`
 * @throws Failure when there is no CLI, no such context, or an engine on another machine
 */
export async function currentEndpoint(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  if (await noneChosen(environment)) return defaultEndpoint;
  const { stdout } = await execute("docker", ["context", "inspect", "--format", "{{json .}}"], {
    env: environment,
  }).catch((error: unknown) => {
    const { code, stderr = "", message } = error as Error & { code?: unknown; stderr?: string };
    if (code === "ENOENT") throw noDocker();
    throw new Failure(
      `Docker cannot tell which engine to use: ${stderr.trim() || message}; ${choose}`,
      exitStatus.refused,
    );
  });
  const { Name, Endpoints } = JSON.parse(stdout) as Context;
  return usable(Endpoints?.docker?.Host ?? "", Name);
}

/** @throws Failure when an endpoint is not one of this machine */
export function usable(endpoint: string, context: string): string {
  if (endpoint.startsWith("unix://")) return endpoint;
  const { protocol, hostname } = URL.canParse(endpoint) ? new URL(endpoint) : { protocol: "", hostname: "" };
  if (protocol === "tcp:" && (hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.")))
    return endpoint;
  throw new Failure(
    `The context ${context} leads to the engine ${endpoint || "of no endpoint"}, and this program needs one on this machine, ` +
      `whose containers' addresses it can reach: a unix:// socket, or tcp:// on loopback; ${choose}`,
    exitStatus.refused,
  );
}
