import { leaveFigures, type Figures } from "../engine/stack-figures.ts";
import { reasonOf } from "../support/failure.ts";
import { say } from "../support/progress.ts";
import type { StackOutputs } from "./outputs.ts";

/**
 * Tells a stack's monitoring what a command has found; without one nothing happens.
 *
 * A monitoring that is down is no reason for the command to fail.
 */
export async function recordFigures(
  { monitoring }: Pick<StackOutputs, "monitoring">,
  name: string,
  figures: Figures,
): Promise<void> {
  if (monitoring === undefined) return;
  try {
    await leaveFigures(monitoring.figuresContainer, name, figures);
  } catch (error) {
    say(`The monitoring was not told of it: ${reasonOf(error)}`);
  }
}

/** Now, as Prometheus counts time. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
