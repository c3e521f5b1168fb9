import { MiB } from "../support/units.ts";
import { homePath, modelsPath, ollamaPort } from "../ollama/server.ts";

/** Tuning of an Ollama server; each field sets the variable it is named after. */
export interface OllamaTuning {
  /** Origins that may call the server from a browser, beside those on localhost. */
  readonly origins: readonly string[];
  /** Requests that a model answers at once; each has its own share of the KV cache. */
  readonly numParallel: number;
  /** Models kept in memory at once. */
  readonly maxLoadedModels: number;
  /** How long an idle model stays in memory, a Go duration. */
  readonly keepAlive: string;
  /** Requests that may wait for a model to load. */
  readonly maxQueue: number;
  /** How long loading may show no progress, a Go duration. */
  readonly loadTimeout: string;
  /** Context per request, tokens. */
  readonly contextLength: number;
  /** CPU threads for generating; undefined leaves the choice to Ollama, which ignores the CPU limit. */
  readonly threads?: number | undefined;
  readonly flashAttention: "auto" | "on" | "off";
  /** Precision of the KV cache. */
  readonly kvCacheType: "f16" | "q8_0" | "q4_0";
  /** Prompt cache of each runner in host memory, MiB; the runner's own default is 8192. */
  readonly cacheRam: number;
  /** Memory left free on every GPU, MiB. */
  readonly gpuOverhead: number;
  /** Whether to keep the server from calling ollama.com. */
  readonly noCloud: boolean;
  readonly debug: boolean;
  /** Further variables. */
  readonly env: Readonly<Record<string, string>>;
}

const flag = (on: boolean) => (on ? "1" : undefined);

/** Environment of the server, sorted by name so that only real changes show in a preview. */
export function ollamaEnvironment(tuning: OllamaTuning): Readonly<Record<string, string>> {
  const variables: Record<string, string | undefined> = {
    HOME: homePath,
    OLLAMA_HOST: `0.0.0.0:${ollamaPort}`,
    OLLAMA_MODELS: modelsPath,
    // Pruning at start would delete an interrupted download, and weights whose manifest is damaged.
    OLLAMA_NOPRUNE: "1",
    OLLAMA_ORIGINS: tuning.origins.length > 0 ? tuning.origins.join(",") : undefined,
    OLLAMA_NUM_PARALLEL: String(tuning.numParallel),
    OLLAMA_MAX_LOADED_MODELS: String(tuning.maxLoadedModels),
    OLLAMA_KEEP_ALIVE: tuning.keepAlive,
    OLLAMA_MAX_QUEUE: String(tuning.maxQueue),
    OLLAMA_LOAD_TIMEOUT: tuning.loadTimeout,
    OLLAMA_CONTEXT_LENGTH: String(tuning.contextLength),
    OLLAMA_FLASH_ATTENTION: { auto: undefined, on: "1", off: "0" }[tuning.flashAttention],
    // The type is left out at its default because Ollama passes any value on, also without flash attention.
    OLLAMA_KV_CACHE_TYPE: tuning.kvCacheType === "f16" ? undefined : tuning.kvCacheType,
    OLLAMA_GPU_OVERHEAD: tuning.gpuOverhead > 0 ? String(tuning.gpuOverhead * MiB) : undefined,
    OLLAMA_NO_CLOUD: flag(tuning.noCloud),
    OLLAMA_DEBUG: flag(tuning.debug),
    LLAMA_ARG_THREADS: tuning.threads === undefined ? undefined : String(tuning.threads),
    LLAMA_ARG_CACHE_RAM: String(tuning.cacheRam),
    ...tuning.env,
  };
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The slice of container arguments with the server's environment. */
export function environmentArgs(environment: Readonly<Record<string, string>>) {
  return { envs: Object.entries(environment).map(([name, value]) => `${name}=${value}`) };
}
