import { describe, expect, it } from "vitest";
import { environmentArgs, ollamaEnvironment, type OllamaTuning } from "../../../components/ollama-env.ts";

const tuning: OllamaTuning = {
  origins: [],
  numParallel: 1,
  maxLoadedModels: 1,
  keepAlive: "5m",
  maxQueue: 512,
  loadTimeout: "5m",
  contextLength: 8192,
  flashAttention: "auto",
  kvCacheType: "f16",
  cacheRam: 512,
  gpuOverhead: 0,
  noCloud: false,
  debug: false,
  env: {},
};

const always = {
  HOME: "/run/ollama",
  LLAMA_ARG_CACHE_RAM: "512",
  OLLAMA_CONTEXT_LENGTH: "8192",
  OLLAMA_HOST: "0.0.0.0:11434",
  OLLAMA_KEEP_ALIVE: "5m",
  OLLAMA_LOAD_TIMEOUT: "5m",
  OLLAMA_MAX_LOADED_MODELS: "1",
  OLLAMA_MAX_QUEUE: "512",
  OLLAMA_MODELS: "/models",
  OLLAMA_NOPRUNE: "1",
  OLLAMA_NUM_PARALLEL: "1",
};

const changes: readonly (readonly [Partial<OllamaTuning>, Readonly<Record<string, string>>])[] = [
  [{ origins: ["*"] }, { OLLAMA_ORIGINS: "*" }],
  [{ origins: ["http://a", "http://b:8080"] }, { OLLAMA_ORIGINS: "http://a,http://b:8080" }],
  [{ numParallel: 4 }, { OLLAMA_NUM_PARALLEL: "4" }],
  [{ maxLoadedModels: 2 }, { OLLAMA_MAX_LOADED_MODELS: "2" }],
  [{ keepAlive: "-1s" }, { OLLAMA_KEEP_ALIVE: "-1s" }],
  [{ maxQueue: 8 }, { OLLAMA_MAX_QUEUE: "8" }],
  [{ loadTimeout: "10m" }, { OLLAMA_LOAD_TIMEOUT: "10m" }],
  [{ contextLength: 4096 }, { OLLAMA_CONTEXT_LENGTH: "4096" }],
  [{ threads: 6 }, { LLAMA_ARG_THREADS: "6" }],
  [{ flashAttention: "on" }, { OLLAMA_FLASH_ATTENTION: "1" }],
  [{ flashAttention: "off" }, { OLLAMA_FLASH_ATTENTION: "0" }],
  [{ kvCacheType: "q8_0" }, { OLLAMA_KV_CACHE_TYPE: "q8_0" }],
  [{ kvCacheType: "q4_0" }, { OLLAMA_KV_CACHE_TYPE: "q4_0" }],
  [{ cacheRam: 0 }, { LLAMA_ARG_CACHE_RAM: "0" }],
  [{ gpuOverhead: 512 }, { OLLAMA_GPU_OVERHEAD: "536870912" }],
  [{ noCloud: true }, { OLLAMA_NO_CLOUD: "1" }],
  [{ debug: true }, { OLLAMA_DEBUG: "1" }],
  [{ env: { HTTPS_PROXY: "http://proxy:3128" } }, { HTTPS_PROXY: "http://proxy:3128" }],
];

describe("ollamaEnvironment", () => {
  it("sets these variables at the defaults", () => {
    expect(ollamaEnvironment(tuning)).toEqual(always);
  });

  it.each(changes)("turns %j into %j and touches no other variable", (change, variables) => {
    expect(ollamaEnvironment({ ...tuning, ...change })).toEqual({ ...always, ...variables });
  });

  it("sorts the variables by name", () => {
    const env = { ZEBRA: "1", AARDVARK: "2", _X: "3", lower: "4" };
    const names = Object.keys(ollamaEnvironment({ ...tuning, threads: 2, debug: true, env }));
    expect(names).toEqual([
      "AARDVARK",
      "HOME",
      "LLAMA_ARG_CACHE_RAM",
      "LLAMA_ARG_THREADS",
      "OLLAMA_CONTEXT_LENGTH",
      "OLLAMA_DEBUG",
      "OLLAMA_HOST",
      "OLLAMA_KEEP_ALIVE",
      "OLLAMA_LOAD_TIMEOUT",
      "OLLAMA_MAX_LOADED_MODELS",
      "OLLAMA_MAX_QUEUE",
      "OLLAMA_MODELS",
      "OLLAMA_NOPRUNE",
      "OLLAMA_NUM_PARALLEL",
      "ZEBRA",
      "_X",
      "lower",
    ]);
  });

  it("gives the same order whatever the order of the further variables", () => {
    const forwards = ollamaEnvironment({ ...tuning, env: { A: "1", B: "2" } });
    const backwards = ollamaEnvironment({ ...tuning, env: { B: "2", A: "1" } });
    expect(JSON.stringify(forwards)).toBe(JSON.stringify(backwards));
  });
});

describe("environmentArgs", () => {
  it("writes each variable as NAME=value in the order it has", () => {
    expect(environmentArgs({ B: "1", A: "x=y" })).toEqual({ envs: ["B=1", "A=x=y"] });
  });
});
