import { findModel, licenses, type CatalogueModel, type ModelLicense } from "./catalogue.ts";
import type { Purpose } from "./purposes.ts";
import type { StackConfig } from "./schema.ts";

/** Name of the gateway's client that asks models for a few tokens, where there is monitoring. */
export const probeClient = "monitoring";

const probeEndpoints = ["generate", "tags", "ps", "version"] as const;

/** Whoever waits for an answer goes before. */
const lowestPriority = -1000;

/** A model as the configuration has it. */
export type ConfiguredModel = StackConfig["models"][number];

/** A model of a stack with what the catalogue adds. */
export interface ResolvedModel {
  readonly name: string;
  readonly digest: string | undefined;
  readonly license: ModelLicense | undefined;
  readonly for: readonly Purpose[];
  readonly preload: boolean;
  /** Context of its own, tokens; undefined where the server's is right. */
  readonly contextLength: number | undefined;
  /** How long it is kept, for Ollama; undefined where the server's time is right. */
  readonly keepAlive: string | undefined;
  /** Length of its vectors; undefined where none or unknown. */
  readonly vectorLength: number | undefined;
  /** Whether it is known to know Korean. */
  readonly korean: boolean;
  readonly readiness: Readonly<Record<"prompt" | "pattern", string>> & { readonly minTokensPerSecond: number };
}

/** A configuration in which nothing is left to be worked out. */
export interface ResolvedConfig extends Omit<StackConfig, "models" | "replacement"> {
  readonly models: readonly ResolvedModel[];
  readonly replacement: "recreate" | "start-first";
  /** Why, when the configuration left it open. */
  readonly replacementReason: string | undefined;
}

/** Works out what the configuration leaves open: what the models are, thread count, replacement. */
export function resolveConfig(config: StackConfig): ResolvedConfig {
  return {
    ...config,
    models: config.models.map((model) => resolveModel(model, config)),
    ...resolveReplacement(config),
    gateway: withProbe(config),
    network: { ...config.network, internal: config.network.internal || config.gateway.enabled },
    ollama: { ...config.ollama, threads: config.ollama.threads ?? threadsFor(config.cpus) },
  };
}

/** The gateway with the client that the monitoring asks as, after those of the configuration. */
function withProbe({ gateway, monitoring }: StackConfig): StackConfig["gateway"] {
  if (!gateway.enabled || !monitoring.enabled) return gateway;
  const probe = {
    name: probeClient,
    endpoints: [...probeEndpoints],
    maxParallel: 1,
    maxQueue: 1,
    priority: lowestPriority,
    allow: [],
    rotation: 1,
  };
  return { ...gateway, clients: [...gateway.clients, probe] };
}

function resolveModel(model: ConfiguredModel, { readiness }: StackConfig): ResolvedModel {
  const { name, preload } = model;
  const entry = findModel(name);
  const digest = model.digest ?? entry?.digest;
  // Licence and figures belong to the exact bytes that the catalogue knows.
  const known = entry?.digest === digest ? entry : undefined;
  const { prompt, pattern, minTokensPerSecond } = readiness;
  const own = Object.entries(model.readiness).filter(([, value]) => value !== undefined);
  return {
    name,
    digest,
    license: known && licenses[known.license],
    for: purposesOf(model),
    preload,
    contextLength: model.contextLength,
    keepAlive: preload ? "-1s" : model.keepAlive,
    vectorLength: known?.vectorLength,
    korean: known?.languages.includes("ko") ?? false,
    readiness: { prompt, pattern, minTokensPerSecond, ...Object.fromEntries(own) },
  };
}

/** What a model is for: as it is configured, as the catalogue knows it, or chat. */
export function purposesOf({
  name,
  for: own,
}: {
  readonly name: string;
  readonly for?: readonly Purpose[] | undefined;
}): readonly Purpose[] {
  return own ?? findModel(name)?.for ?? ["chat"];
}

/** Context of each request of a model, tokens: its own, or the server's as far as the model takes it. */
export function contextOf(
  { contextLength }: Pick<ConfiguredModel, "contextLength">,
  known: Pick<CatalogueModel, "contextLength"> | undefined,
  ollama: StackConfig["ollama"],
): number {
  return contextLength ?? Math.min(ollama.contextLength, known?.contextLength ?? Infinity);
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
