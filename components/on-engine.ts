import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { currentEngine, type Engine } from "../engine/engine.ts";
import { Failure } from "../support/failure.ts";

/**
 * Puts everything that the program declares from here on into the engine that the docker CLI talks to, and returns it.
 *
 * The provider by itself follows DOCKER_HOST alone, so that images would go to one engine and containers to another.
 * @throws RunError in one sentence when there is no engine that can be used
 */
export async function useCurrentEngine(): Promise<Engine> {
  const engine = await chosenEngine();
  const host = engine.endpoint;
  // A context in the environment would have precedence over the host, for the provider and for the docker CLI.
  const provider = new docker.Provider("engine", { host, context: "" });
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (type.startsWith("docker:")) return { props, opts: { ...opts, provider } };
    if (type !== "command:local:Command") return undefined;
    const { environment } = props as { environment?: Record<string, string> };
    return { props: { ...props, environment: { ...environment, DOCKER_HOST: host, DOCKER_CONTEXT: "" } }, opts };
  });
  return engine;
}

async function chosenEngine(): Promise<Engine> {
  // Under Pulumi's mocks nothing is made anywhere.
  if (!pulumi.runtime.hasEngine()) return { endpoint: "<engine>", id: "<ID of the engine>" };
  try {
    return await currentEngine();
  } catch (error) {
    throw error instanceof Failure ? new pulumi.RunError(error.message) : error;
  }
}
