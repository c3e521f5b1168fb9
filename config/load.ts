import * as pulumi from "@pulumi/pulumi";
import { checkConfig } from "./check.ts";
import type { ResolvedConfig } from "./resolve.ts";

/** Keys with encrypted values; the SDK has no public way to ask for them and reads this variable itself. */
function secretKeys(): readonly string[] {
  return JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] ?? "[]") as string[];
}

/**
 * Reads the stack's configuration.
 * @throws RunError that names every problem, in the order of the file
 */
export async function loadConfig(): Promise<ResolvedConfig> {
  const values = pulumi.runtime.allConfig();
  // The stack's name only finds the file that problems are looked up in.
  const checked = await checkConfig({ values, secretKeys: secretKeys() }, pulumi.getStack());
  if (checked.config) return checked.config;
  throw new pulumi.RunError(checked.message);
}
