import { currentEngine, engineAt, type Engine } from "../engine/engine.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { networkType, type Deployment } from "./local-state.ts";
import type { StackOutputs } from "./outputs.ts";

/** The endpoint at which a stack's resources were last made; undefined for one without any, or of an earlier version. */
function recordedEndpoint({ resources = [] }: Deployment): string | undefined {
  const made = resources.some(({ type }) => type === networkType);
  const provider = resources.find(({ type, inputs }) => type === "pulumi:providers:docker" && inputs?.["host"]);
  return made ? (provider?.inputs?.["host"] as string | undefined) : undefined;
}

/** The ID of the engine behind that endpoint, as it was written down, or as it says now. */
async function recordedId({ resources = [] }: Deployment, endpoint: string): Promise<string | undefined> {
  const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  const engine = (root?.outputs as Partial<StackOutputs> | undefined)?.engine;
  if (engine?.endpoint === endpoint) return engine.id;
  return engineAt(endpoint).then(
    ({ id }: Engine) => id,
    () => undefined,
  );
}

/**
 * Compares the engine of a stack with the one that is chosen now.
 * @returns whether it is reached by another endpoint than before
 * @throws Failure when it is another engine, where the stack's containers would be left behind
 */
export async function requireSameEngine(stack: string, deployment: Deployment): Promise<boolean> {
  const current = await currentEngine();
  const endpoint = recordedEndpoint(deployment);
  if (endpoint === undefined || endpoint === current.endpoint) return false;
  if ((await recordedId(deployment, endpoint)) === current.id) return true;
  throw new Failure(
    `The stack ${stack} is in the engine ${endpoint}, and the chosen one is ${current.endpoint}; nothing was changed. ` +
      "Choose that engine again with DOCKER_HOST or `docker context use`; to move the stack, take it down there first; " +
      `if that engine is gone for good, \`pulumi stack rm --force ${stack}\` forgets what was in it`,
    exitStatus.refused,
  );
}
