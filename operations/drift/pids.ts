import type { Deployment } from "../../runner/local-state.ts";
import type { Deployed } from "./engine.ts";

/** Adds the limits of processes, for which the provider has no argument, so that a step of its own sets them. */
export function withPidsLimits(containers: readonly Deployed[], { resources = [] }: Deployment): Deployed[] {
  const known = resources.flatMap(({ urn = "", inputs = {} }): [string, number][] => {
    const { stdin } = inputs;
    if (!urn.endsWith("-pids") || typeof stdin !== "string") return [];
    const { container, limit } = JSON.parse(stdin) as { container: string; limit: number };
    return [[container, limit]];
  });
  const limits = new Map(known);
  return containers.map((container) => ({
    ...container,
    traits: { ...container.traits, pidsLimit: limits.get(container.id) },
  }));
}
