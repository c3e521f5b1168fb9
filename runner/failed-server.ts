import { say } from "../support/progress.ts";
import { tryDocker } from "../engine/docker.ts";
import type { Deployment } from "./local-state.ts";

/**
 * The container of a server that did not pass its gate, beside the one before it, which did and serves on.
 * @returns its ID; undefined where the server that is there may be the one that serves
 */
export function failedServer({ resources = [] }: Deployment): string | undefined {
  const named = (name: string) => resources.filter(({ urn = "" }) => urn.endsWith(`::${name}`));
  const servers = named("ollama-container");
  const current = servers.find((server) => server.delete !== true)?.id;
  const passed = containerOf(named("readiness-command").find((gate) => gate.delete !== true)?.inputs?.["stdin"]);
  const serves = servers.some((server) => server.delete === true && server.id === passed);
  return serves && current !== passed ? current : undefined;
}

/** The container that a gate was run for, as its input names it. */
function containerOf(stdin: unknown): string | undefined {
  if (typeof stdin !== "string") return undefined;
  return (JSON.parse(stdin) as { readonly container?: string }).container;
}

/** Removes it, so that Pulumi makes another one as if there were none, and the one that serves is not touched before that passes. */
export async function removeFailedServer(id: string): Promise<void> {
  say(`Removing the server of an update that failed, before another one is started: container ${id.slice(0, 12)}`);
  await tryDocker("container", "rm", "--force", "--volumes", id);
}
