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
  /** Why, when the configuration left it open. */
  readonly replacementReason: string | undefined;
}

/** Works out what the configuration leaves open: digest and licence, thread count, replacement. */
export function resolveConfig(config: StackConfig): ResolvedConfig {
  const known = findModel(config.model.name);
  const digest = config.model.digest ?? known?.digest;
  // The licence belongs to the exact bytes that the catalogue knows.
  const license = known && known.digest === digest ? licenses[known.license] : undefined;
  return {
    ...config,
    model: { name: config.model.name, digest, license },
    ...resolveReplacement(config),
    network: { ...config.network, internal: config.network.internal || config.gateway.enabled },
    ollama: { ...config.ollama, threads: config.ollama.threads ?? threadsFor(config.cpus) },
  };
}

function resolveReplacement({
  replacement,
  port,
  network,
  gateway,
}: StackConfig): Pick<ResolvedConfig, "replacement" | "replacementReason"> {
  if (replacement !== "auto") return { replacement, replacementReason: undefined };
  if (gateway.enabled)
    return {
      replacement: "start-first",
      replacementReason: "the gateway switches to a container that has passed the gate",
    };
  if (network.internal) return { replacement: "start-first", replacementReason: "nothing is published" };
  if (port === 0)
    return { replacement: "start-first", replacementReason: "each container publishes a port of its own" };
  return {
    replacement: "recreate",
    replacementReason: `port ${port} is published directly, and two containers cannot hold it`,
  };
}

/** Threads that suit a CPU limit: as many as whole CPUs, at least one; undefined without a limit. */
export function threadsFor(cpus: number): number | undefined {
  return cpus === 0 ? undefined : Math.max(1, Math.floor(cpus));
}
