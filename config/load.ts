import * as pulumi from "@pulumi/pulumi";
import { checkConfig } from "./check.ts";
import type { ResolvedConfig } from "./resolve.ts";

/**
 * Reads the stack's configuration.
 * @throws RunError that names every problem, in the order of the file
 */
export async function loadConfig(): Promise<ResolvedConfig> {
  const checked = await checkConfig(pulumi.runtime.allConfig(), pulumi.getStack());
  if (checked.config) return checked.config;
  throw new pulumi.RunError(checked.message);
}
