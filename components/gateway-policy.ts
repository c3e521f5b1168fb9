import { allowedHosts } from "../gateway/hosts.ts";
import type { EdgeClient, EdgePolicy, EdgeToken } from "../edge/policy.ts";
import { MiB } from "../support/units.ts";
import type { KeptModel, Settings } from "../usher/settings.ts";
import type { StackConfig } from "../config/schema.ts";

/** What decides what clients may; the keys are those of the configuration. */
export interface Policed extends Pick<StackConfig, "address"> {
  /** Names of the models that are served. */
  readonly models: readonly string[];
  /** Those of them that are kept in a way of their own. */
  readonly kept: readonly KeptModel[];
  readonly gateway: Omit<StackConfig["gateway"], "enabled">;
  readonly ollama: Pick<StackConfig["ollama"], "origins" | "numParallel">;
}

/**
 * Whom the edge knows, and what they may ask of it.
 * @param tokens - those of each client, in the order of the configuration
 */
export function edgePolicy(policed: Policed, tokens: readonly (readonly EdgeToken[])[]): EdgePolicy {
  const { address, gateway, ollama } = policed;
  return {
    clients: gateway.clients.map((client, index) => edgeClient(client, policed, tokens[index] ?? [])),
    hosts: allowedHosts(address, gateway.hosts),
    origins: [...ollama.origins],
  };
}

function edgeClient(
  { name, endpoints, maxParallel, maxQueue, priority }: StackConfig["gateway"]["clients"][number],
  { gateway, ollama }: Policed,
  tokens: readonly EdgeToken[],
): EdgeClient {
  return {
    name,
    tokens,
    endpoints: [...endpoints],
    maxParallel: maxParallel ?? ollama.numParallel,
    maxQueue: maxQueue ?? gateway.maxQueue,
    priority,
  };
}

/** What an usher goes by, but for its server. */
export function usherSettings({ gateway, models: served, kept }: Policed): Omit<Settings, "upstream"> {
  return {
    maxBody: gateway.maxBody * MiB,
    readTimeout: gateway.readTimeout,
    requestTimeout: gateway.requestTimeout,
    holdTimeout: gateway.holdTimeout,
    drainTimeout: gateway.drainTimeout,
    reload: gateway.reload,
    models: [...served],
    kept: [...kept],
    clients: gateway.clients.map(({ name, models, maxTokens, allow }) => ({
      name,
      models: models === undefined ? null : [...models],
      maxTokens: maxTokens ?? null,
      allowReload: allow.includes("reload"),
    })),
  };
}
