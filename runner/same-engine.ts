import { currentEngine, type Engine } from "../engine/engine.ts";
import { Failure } from "../support/failure.ts";
import type { Deployment } from "./local-state.ts";
import type { StackOutputs } from "./outputs.ts";

/** The engine that a stack was last brought up in; undefined for one without containers, or of an earlier version. */
function recordedEngine({ resources = [] }: Deployment): Engine | undefined {
  const up = resources.some(({ type }) => type === "docker:index/container:Container");
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  return up ? (root?.outputs as Partial<StackOutputs> | undefined)?.engine : undefined;
}

/**
 * Compares the engine of a stack with the one that is chosen now.
 * @returns whether it is reached by another endpoint than before
 * @throws Failure when it is another engine, where the stack's containers would be left behind
 */
export async function requireSameEngine(stack: string, deployment: Deployment): Promise<boolean> {
  const current = await currentEngine();
  const recorded = recordedEngine(deployment);
  if (recorded === undefined || recorded.endpoint === current.endpoint) return false;
  if (recorded.id === current.id) return true;
  throw new Failure(
    `The stack ${stack} is in the engine ${recorded.endpoint}, and the chosen one is ${current.endpoint}; nothing was changed. ` +
      `Choose that engine again with DOCKER_HOST or \`docker context use\`, and to move the stack take it down there first`,
  );
}
