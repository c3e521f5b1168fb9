import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { currentEndpoint } from "./endpoint.ts";
import { gatherEngine } from "./facts.ts";
import { engineProblem } from "./judge.ts";

/** The Docker engine that everything is made in. */
export interface Engine {
  /** For example `unix:///var/run/docker.sock`. */
  readonly endpoint: string;
  /** What tells it from others, the same by whatever endpoint it is reached: before 25 two engines of one machine share an ID. */
  readonly id: string;
}

/**
 * The engine that the docker CLI talks to.
 * @throws Failure in one sentence when there is none, or one that this program cannot use
 */
export async function currentEngine(): Promise<Engine> {
  return engineAt(await currentEndpoint());
}

/** As {@link currentEngine}, for a known endpoint. */
export async function engineAt(endpoint: string): Promise<Engine> {
  const facts = await gatherEngine(endpoint);
  const problem = engineProblem(facts);
  if (problem !== undefined) throw new Failure(problem, exitStatus.refused);
  return { endpoint, id: `${facts.info.ID ?? ""} ${facts.info.DockerRootDir ?? ""}` };
}
