import { keyOfVariable } from "./keys.ts";
import type { Problem } from "./problems.ts";

/** Variables that would break the deployment, with the reason. */
const refused: Readonly<Record<string, string>> = {
  HOME: "the server keeps its own key there, in a folder in memory",
  OLLAMA_HOST: "inside the container the server listens on 0.0.0.0:11434; the published address is the key address",
  OLLAMA_MODELS: "it is the folder of the model store, not a list of models, and the volume or image decides it",
  OLLAMA_NOPRUNE: "it is always set, because pruning would delete an interrupted download and embedded weights",
  OLLAMA_AUTH: "it signs requests to ollama.com and does not protect this server",
  OLLAMA_DEBUG_LOG_REQUESTS: "it writes the text of every request to disk",
  OMP_NUM_THREADS: "Ollama does not read it; use ollama.threads",
  PATH: "the image's own leads to the server, and Docker's health check asks through it",
  LD_LIBRARY_PATH: "the image's own leads to the libraries of the GPU",
  LD_PRELOAD: "the server would start with a library that is not the image's",
  TMPDIR: "the container can write to /tmp and its home alone",
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
  const key = keyOfVariable(name);
  if (key !== undefined) return `is set by the key ${key}; use that`;
  if (Object.hasOwn(refused, name)) return `is refused: ${refused[name]}`;
  if (name.startsWith("OLLAMA_") && !passed.includes(name))
    return `is not a variable that Ollama reads; it reads ${passed.join(", ")} and those with a key of their own`;
  return undefined;
}

/**
 * What is wrong with the names of further variables: only those are free that no key sets and the server does not break with.
 * @param ollama - the key `ollama` as it was read, whatever else is wrong with it
 */
export function variableProblems(ollama: unknown): Problem[] {
  const { env } = (typeof ollama === "object" && ollama !== null ? ollama : {}) as { env?: unknown };
  const names = typeof env === "object" && env !== null && !Array.isArray(env) ? Object.keys(env) : [];
  return names.flatMap((name): Problem[] => {
    const message = problemOf(name);
    return message === undefined ? [] : [{ path: ["ollama", "env", name], message }];
  });
}
