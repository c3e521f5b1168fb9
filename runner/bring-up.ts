import { checkHealth } from "./check-health.ts";
import type { StackOutputs } from "./outputs.ts";
import type { Selection, StackRun } from "./stack-run.ts";

/** A stack that is up, and whose model answers. */
export interface BroughtUp {
  readonly outputs: StackOutputs;
  /** Whether every resource was as it should be before. */
  readonly changedNothing: boolean;
  /** When new containers passed the gate, milliseconds since 1970. */
  readonly gatePassed?: number | undefined;
}

/**
 * Brings a stack up, and has its model answer whatever happened to its containers before.
 * @throws Failure after Pulumi's own message, or that says why the model does not answer
 */
export async function bringUp(run: StackRun, selection?: Selection): Promise<BroughtUp> {
  const { gated, gatePassed, changedNothing, outputs } = await run.up(selection);
  // The gate is a step for new containers; one that was only started again has to answer as well.
  if (!gated) await checkHealth(outputs);
  return { outputs, changedNothing, gatePassed };
}
