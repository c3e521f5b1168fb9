import { ask } from "./facts.ts";
import { isOwn, type StackLabels } from "./stack-labels.ts";

/** The parts of an engine's answer to `GET /containers/json` that are looked at. */
export interface Container {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Ports: readonly { readonly IP?: string; readonly PublicPort?: number; readonly Type: string }[] | null;
}

/** The containers that run in an engine; none where it does not answer. */
export async function runningContainers(endpoint: string): Promise<readonly Container[]> {
  return ask<readonly Container[]>(endpoint, "/containers/json").catch((): readonly Container[] => []);
}

/** A container's name without the slash that the engine puts before it. */
export function nameOf({ Names: [name = ""] }: Container): string {
  return name.replace(/^\//, "");
}

/** Those of some containers that are a stack's own. */
export function ownContainers(containers: readonly Container[], labels: StackLabels): readonly Container[] {
  return containers.filter((container) => isOwn(nameOf(container), container.Labels ?? {}, labels));
}

/** How many servers of a stack run. */
export async function countServers(endpoint: string, labels: StackLabels): Promise<number> {
  const own = ownContainers(await runningContainers(endpoint), labels);
  return own.filter((container) => nameOf(container).startsWith("ollama-container-")).length;
}
