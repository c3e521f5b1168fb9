import { containersStoppedByHand } from "../engine/stopped-by-hand.ts";
import type { StackLabels } from "../engine/stack-labels.ts";
import { containerType, type Deployment, type RecordedResource } from "./local-state.ts";

/** The containers of a stack that serve; none after a run that was killed, or while one is at it. */
function serving({ resources = [], pending_operations: pending = [] }: Deployment): readonly RecordedResource[] {
  if (pending.length > 0) return [];
  return resources.filter((resource) => resource.type === containerType && resource.delete !== true);
}

/** IDs of the containers of a stack's gateway; none after a run that was killed, or while one is at it. */
export function gatewayContainers(deployment: Deployment): string[] {
  const found = serving(deployment).filter(({ urn = "" }) => !urn.endsWith("::ollama-container"));
  return found.flatMap(({ id }) => id ?? []);
}

/** Names of a stack's containers that somebody stopped; none after a run that was killed, which may have stopped them itself. */
export async function stoppedContainers(labels: StackLabels, deployment: Deployment): Promise<string[]> {
  const ids = new Set(serving(deployment).map(({ id }) => id));
  if (ids.size === 0) return [];
  const stopped = await containersStoppedByHand(labels);
  return stopped.filter(({ id }) => ids.has(id)).map(({ name }) => name);
}
