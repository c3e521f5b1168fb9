import * as pulumi from "@pulumi/pulumi";
import type { ResolvedConfig } from "./resolve.ts";

/** Tells the program how this one update replaces a changed server, where whoever runs Pulumi has decided it. */
export const replacementVariable = "GEMMA_REPLACEMENT";

/**
 * How this update replaces a changed server, where that was decided before the program ran; undefined where it was not.
 *
 * A stack that wants `recreate` may be one in which two servers cannot be there at once.
 * @throws RunError for another word than those of the key `replacement`
 */
export function decidedReplacement(
  { replacement }: Pick<ResolvedConfig, "replacement">,
  environment: NodeJS.ProcessEnv = process.env,
): ResolvedConfig["replacement"] | undefined {
  const { [replacementVariable]: word = "" } = environment;
  if (word !== "" && word !== "recreate" && word !== "start-first")
    throw new pulumi.RunError(
      `The variable ${replacementVariable} is ${word}: write recreate or start-first, or unset it; nothing was changed`,
    );
  return replacement === "recreate" || word === "" ? undefined : word;
}
