import { checkConfig } from "../config/check.ts";
import { replacementVariable } from "../config/decided-replacement.ts";
import type { ResolvedConfig } from "../config/resolve.ts";
import { readStackFiles } from "../config/stack-files.ts";
import { currentEngine } from "../engine/engine.ts";
import { planReplacement, type ReplacementPlan } from "../engine/replacement.ts";
import type { StackLabels } from "../engine/stack-labels.ts";

/** Whose server may be replaced. */
export interface DecisionArgs {
  /** Folder of the program. */
  readonly folder: string;
  readonly stack: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly labels: StackLabels;
}

/**
 * Decides once for a run how a changed server takes the place of the running one.
 * @returns undefined where it was decided before, and for a configuration that the program is about to refuse
 */
export async function decideReplacement(args: DecisionArgs): Promise<ReplacementPlan | undefined> {
  const { [replacementVariable]: decided = "" } = { ...process.env, ...args.environment };
  if (decided !== "") return undefined;
  const config = await configOf(args);
  if (config === undefined) return undefined;
  const { endpoint } = await currentEngine();
  return planReplacement(config, { endpoint, labels: args.labels });
}

async function configOf({ folder, stack }: DecisionArgs): Promise<ResolvedConfig | undefined> {
  try {
    return (await checkConfig(readStackFiles(stack, folder), stack)).config;
  } catch {
    return undefined;
  }
}
