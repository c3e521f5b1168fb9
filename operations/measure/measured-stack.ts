import { checkConfig } from "../../config/check.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { readStackFiles } from "../../config/stack-files.ts";
import { existingStack } from "../../runner/checkout-stack.ts";
import { StackRun } from "../../runner/stack-run.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { withHeartbeat } from "../../support/progress.ts";
import type { AccessOutputs } from "./client-access.ts";

/** A stack that runs, with what its files say. */
export interface MeasuredStack {
  readonly outputs: AccessOutputs;
  readonly config: ResolvedConfig;
}

/**
 * Reads a running stack and its configuration.
 * @throws Failure that says what is missing
 */
export async function measuredStack(stack: string): Promise<MeasuredStack> {
  const { config, message } = await checkConfig(readStackFiles(stack), stack);
  if (config === undefined) throw new Failure(message, exitStatus.refused);
  const run = await withHeartbeat("Reading the stack's outputs", StackRun.look(existingStack(stack)));
  await run.requireStarted();
  const outputs = await run.outputs();
  // Pulumi's empty outputs of a stack that was taken down.
  if ((outputs as Partial<AccessOutputs>).readiness === undefined)
    throw new Failure(`The stack ${stack} is not up: run \`up\` first`, exitStatus.absent);
  return { outputs, config };
}
