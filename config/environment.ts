import { z } from "zod";
import { plainText } from "./primitives.ts";

/** Variables that a config key sets, with the key to use instead. */
const keys: Readonly<Record<string, string>> = {
  OLLAMA_ORIGINS: "ollama.origins",
  OLLAMA_NUM_PARALLEL: "ollama.numParallel",
  OLLAMA_MAX_LOADED_MODELS: "ollama.maxLoadedModels",
  OLLAMA_KEEP_ALIVE: "ollama.keepAlive",
  OLLAMA_MAX_QUEUE: "ollama.maxQueue",
  OLLAMA_LOAD_TIMEOUT: "ollama.loadTimeout",
  OLLAMA_CONTEXT_LENGTH: "ollama.contextLength",
  LLAMA_ARG_THREADS: "ollama.threads",
  OLLAMA_FLASH_ATTENTION: "ollama.flashAttention",
  OLLAMA_KV_CACHE_TYPE: "ollama.kvCacheType",
  LLAMA_ARG_CACHE_RAM: "ollama.cacheRam",
  OLLAMA_GPU_OVERHEAD: "ollama.gpuOverhead",
  OLLAMA_NO_CLOUD: "ollama.noCloud",
  OLLAMA_DEBUG: "ollama.debug",
  NVIDIA_VISIBLE_DEVICES: "gpus",
  CUDA_VISIBLE_DEVICES: "gpus",
};

/** Variables that would break the deployment, with the reason. */
const refused: Readonly<Record<string, string>> = {
  OLLAMA_HOST: "inside the container the server listens on 0.0.0.0:11434; the published address is the key address",
  OLLAMA_MODELS: "it is the folder of the model store, not a list of models, and the volume or image decides it",
  OLLAMA_NOPRUNE: "it is always set, because pruning would delete an interrupted download and embedded weights",
  OLLAMA_AUTH: "it signs requests to ollama.com and does not protect this server",
  OLLAMA_DEBUG_LOG_REQUESTS: "it writes the text of every request to disk",
  OMP_NUM_THREADS: "Ollama does not read it; use ollama.threads",
  LLAMA_API_KEY: "the runner would demand the key from Ollama itself",
  LLAMA_ARG_API_KEY_FILE: "the runner would demand the key from Ollama itself",
};

/** Ollama's variables without a key of their own (envconfig/config.go of Ollama 0.33). */
const passed: readonly string[] = [
  "OLLAMA_EDITOR",
  "OLLAMA_GO_TEMPLATE",
  "OLLAMA_IGPU_ENABLE",
  "OLLAMA_LLM_LIBRARY",
  "OLLAMA_MAX_TRANSFER_STREAMS",
  "OLLAMA_NOHISTORY",
  "OLLAMA_REMOTES",
  "OLLAMA_SCHED_SPREAD",
  "OLLAMA_VULKAN",
];

function problemOf(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return "is not the name of an environment variable";
  if (Object.hasOwn(keys, name)) return `is set by the key ${keys[name]}; use that`;
  if (Object.hasOwn(refused, name)) return `is refused: ${refused[name]}`;
  if (name.startsWith("OLLAMA_") && !passed.includes(name)) {
    return `is not a variable that Ollama reads; it reads ${passed.join(", ")} and those with a key of their own`;
  }
  return undefined;
}

/** Further environment variables of the server, by name. */
export const environmentVariables = z
  .record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean()], { error: "write text" }).transform(String).pipe(plainText),
    {
      error: "write variables and their values, for example HTTPS_PROXY: http://proxy:3128",
    },
  )
  .superRefine((variables, context) => {
    for (const name of Object.keys(variables)) {
      const problem = problemOf(name);
      if (problem !== undefined) context.addIssue({ code: "custom", path: [name], message: problem, input: name });
    }
  });
