import * as pulumi from "@pulumi/pulumi";
import { checkConfig, problemsText, type StackValues } from "./check.ts";
import { fullName, type Problem } from "./problems.ts";
import type { ResolvedConfig } from "./resolve.ts";

/** Keys with encrypted values; the SDK has no public way to ask for them and reads this variable itself. */
function secretKeys(): readonly string[] {
  return JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[];
}

function stackValues(): StackValues {
  return { values: pulumi.runtime.allConfig(), secretKeys: secretKeys() };
}

/**
 * Reads the stack's configuration.
 * @throws RunError that names every problem, in the order of the file
 */
export async function loadConfig(): Promise<ResolvedConfig> {
  // The stack's name only finds the file that problems are looked up in.
  const checked = await checkConfig(stackValues(), pulumi.getStack());
  if (checked.config) return checked.config;
  throw new pulumi.RunError(checked.message);
}

/** @throws RunError that names every problem, when there is one */
export async function refuseProblems(problems: readonly Problem[]): Promise<void> {
  if (problems.length === 0) return;
  throw new pulumi.RunError(await problemsText(problems, stackValues(), pulumi.getStack()));
}

/** Shows what may stay as it is, in every preview and update. */
export async function warnOf(problems: readonly Problem[]): Promise<void> {
  for (const { path, message } of problems) await pulumi.log.warn(`${fullName(path)}: ${message}`);
}
