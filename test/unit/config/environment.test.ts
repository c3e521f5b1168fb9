import { describe, expect, it } from "vitest";
import { parsed, problemsOf } from "../support/raw-config.ts";

function problemOfVariable(name: string, value: unknown = "1"): string[] {
  return problemsOf({ ollama: { env: { [name]: value } } });
}

describe("ollama.env", () => {
  it.each([
    ["OLLAMA_ORIGINS", "ollama.origins"],
    ["OLLAMA_NUM_PARALLEL", "ollama.numParallel"],
    ["OLLAMA_MAX_LOADED_MODELS", "ollama.maxLoadedModels"],
    ["OLLAMA_KEEP_ALIVE", "ollama.keepAlive"],
    ["OLLAMA_MAX_QUEUE", "ollama.maxQueue"],
    ["OLLAMA_LOAD_TIMEOUT", "ollama.loadTimeout"],
    ["OLLAMA_CONTEXT_LENGTH", "ollama.contextLength"],
    ["LLAMA_ARG_THREADS", "ollama.threads"],
    ["OLLAMA_FLASH_ATTENTION", "ollama.flashAttention"],
    ["OLLAMA_KV_CACHE_TYPE", "ollama.kvCacheType"],
    ["LLAMA_ARG_CACHE_RAM", "ollama.cacheRam"],
    ["OLLAMA_GPU_OVERHEAD", "ollama.gpuOverhead"],
    ["OLLAMA_NO_CLOUD", "ollama.noCloud"],
    ["OLLAMA_DEBUG", "ollama.debug"],
    ["NVIDIA_VISIBLE_DEVICES", "gpus"],
    ["CUDA_VISIBLE_DEVICES", "gpus"],
  ])("refuses %s and names its key %s", (name, key) => {
    expect(problemOfVariable(name)).toEqual([`ollama.env.${name}: is set by the key ${key}; use that`]);
  });

  it.each([
    [
      "OLLAMA_HOST",
      "inside the container the server listens on 0.0.0.0:11434; the published address is the key address",
    ],
    ["OLLAMA_MODELS", "it is the folder of the model store, not a list of models, and the volume or image decides it"],
    ["OLLAMA_NOPRUNE", "it is always set, because pruning would delete an interrupted download and embedded weights"],
    ["OLLAMA_AUTH", "it signs requests to ollama.com and does not protect this server"],
    ["OLLAMA_DEBUG_LOG_REQUESTS", "it writes the text of every request to disk"],
    ["OMP_NUM_THREADS", "Ollama does not read it; use ollama.threads"],
    ["HOME", "the server keeps its own key there, in a folder in memory"],
    ["PATH", "the image's own leads to the server, and Docker's health check asks through it"],
    ["LD_LIBRARY_PATH", "the image's own leads to the libraries of the GPU"],
    ["LD_PRELOAD", "the server would start with a library that is not the image's"],
    ["TMPDIR", "the container can write to /tmp and its home alone"],
    ["LLAMA_API_KEY", "the runner would demand the key from Ollama itself"],
    ["LLAMA_ARG_API_KEY_FILE", "the runner would demand the key from Ollama itself"],
  ])("refuses %s with the reason", (name, reason) => {
    expect(problemOfVariable(name)).toEqual([`ollama.env.${name}: is refused: ${reason}`]);
  });

  it.each(["OLLAMA_NUM_THREADS", "OLLAMA_PORT", "OLLAMA_"])("refuses %s, which Ollama does not read", (name) => {
    expect(problemOfVariable(name)).toEqual([
      `ollama.env.${name}: is not a variable that Ollama reads; it reads OLLAMA_EDITOR, OLLAMA_GO_TEMPLATE, ` +
        "OLLAMA_IGPU_ENABLE, OLLAMA_LLM_LIBRARY, OLLAMA_MAX_TRANSFER_STREAMS, OLLAMA_NOHISTORY, OLLAMA_REMOTES, " +
        "OLLAMA_SCHED_SPREAD, OLLAMA_VULKAN and those with a key of their own",
    ]);
  });

  it.each(["1A", "A B", "A=B", "", "A-B"])("refuses %j, which is no name", (name) => {
    expect(problemOfVariable(name)).toEqual([`ollama.env.${name}: is not the name of an environment variable`]);
  });

  it.each([
    ['"1"', "remove the quotes around it: they would become part of the value"],
    ["'1", "remove the quotes around it: they would become part of the value"],
    ['1"', "remove the quotes around it: they would become part of the value"],
    ["a\nb", "write it on one line"],
    ["a\rb", "write it on one line"],
    ["a\0b", "write it on one line"],
  ])("refuses the value %j", (value, message) => {
    expect(problemOfVariable("HTTPS_PROXY", value)).toEqual([`ollama.env.HTTPS_PROXY: ${message}`]);
  });

  it.each([[["a"]], [{ a: "b" }], [null]])("says what to write in place of the value %j", (value) => {
    expect(problemOfVariable("HTTPS_PROXY", value)).toEqual(["ollama.env.HTTPS_PROXY: write text"]);
  });

  it.each([["HTTPS_PROXY=http://proxy:3128"], [["A=B"]]])("refuses %j in place of an object", (env) => {
    expect(problemsOf({ ollama: { env } })).toEqual([
      "ollama.env: write variables and their values, for example HTTPS_PROXY: http://proxy:3128",
    ]);
  });

  it("tells every refused variable", () => {
    expect(problemsOf({ ollama: { env: { OLLAMA_AUTH: "1", OLLAMA_DEBUG: "1" } } })).toEqual([
      "ollama.env.OLLAMA_AUTH: is refused: it signs requests to ollama.com and does not protect this server",
      "ollama.env.OLLAMA_DEBUG: is set by the key ollama.debug; use that",
    ]);
  });

  it("passes other variables, numbers and truth values as text", () => {
    const env = { HTTPS_PROXY: "http://proxy:3128", OLLAMA_SCHED_SPREAD: 1, OLLAMA_VULKAN: true, _X: 'a "b" c' };
    expect(parsed({ ollama: { env } }).ollama.env).toEqual({
      HTTPS_PROXY: "http://proxy:3128",
      OLLAMA_SCHED_SPREAD: "1",
      OLLAMA_VULKAN: "true",
      _X: 'a "b" c',
    });
  });
});
