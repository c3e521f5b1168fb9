import { threadsFor } from "../ollama/threads.ts";
import { findModel, licenses, type ModelLicense } from "./catalogue.ts";
import type { StackConfig } from "./schema.ts";

/** The model of a stack with what the catalogue adds. */
export interface ResolvedModel {
  readonly name: string;
  readonly digest: string | undefined;
  readonly license: ModelLicense | undefined;
}

/** A configuration in which nothing is left to be worked out. */
export interface ResolvedConfig extends Omit<StackConfig, "model" | "replacement"> {
  readonly model: ResolvedModel;
  readonly replacement: "recreate" | "start-first";
}

/** Works out what the configuration leaves open: digest and licence, thread count, replacement. */
export function resolveConfig(config: StackConfig): ResolvedConfig {
  const known = findModel(config.model.name);
  const digest = config.model.digest ?? known?.digest;
  // The licence belongs to the exact bytes that the catalogue knows.
  const license = known && known.digest === digest ? licenses[known.license] : undefined;
  const replacement = config.replacement === "auto" ? (config.port === 0 ? "start-first" : "recreate") : config.replacement;
  return {
    ...config,
    model: { name: config.model.name, digest, license },
    replacement,
    ollama: { ...config.ollama, threads: config.ollama.threads ?? threadsFor(config.cpus) },
  };
}
