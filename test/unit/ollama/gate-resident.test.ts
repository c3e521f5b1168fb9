import { describe, expect, it } from "vitest";
import type { ModelReadiness } from "../../../ollama/gate.ts";
import { chatModel, hex, linesOf, loaded, ollama, sentTo, type Replies } from "../support/gate-server.ts";
import { failureOf } from "../support/temp-folder.ts";

const names = ["gemma3n:e4b", "bge-m3:567m", "smollm2:135m"];
const preloaded = { ...chatModel, preload: true, keepAlive: "-1s" };
const gemma: ModelReadiness = { ...preloaded, contextLength: 8192 };
const bge: ModelReadiness = { ...preloaded, model: "bge-m3:567m" };
const smol: ModelReadiness = { ...chatModel, model: "smollm2:135m" };

/** A server with room for some models, which pushes out the one that was asked longest ago. */
function server(room: number, contexts: Readonly<Record<string, number>> = {}) {
  let memory: string[] = [];
  const use = (model: unknown) => {
    memory = [...memory.filter((name) => name !== model), String(model)].slice(-room);
  };
  const replies: Replies = {
    "/api/tags": { body: { models: names.map((name) => ({ name, digest: hex })) } },
    load: ({ model }) => {
      use(model);
      return { body: {} };
    },
    generate: ({ model }) => {
      use(model);
      return { body: { response: "Paris", eval_count: 30, eval_duration: 2_000_000_000 } };
    },
    "/api/ps": () => ({
      body: { models: memory.map((name) => loaded(name, contexts[name] ? { context_length: contexts[name] } : {})) },
    }),
  };
  return ollama(replies);
}

const last = async (asked: Awaited<ReturnType<typeof server>>, models: readonly ModelReadiness[]) =>
  (await linesOf(asked, models)).at(-1);

describe("models stay loaded", () => {
  it("is no step of one model that is loaded when it is asked", async () => {
    expect(await last(await server(3), [smol])).toBe('4/4 model generates: smollm2:135m "Paris", 15.0 tokens/s');
  });

  it("is a step of one model that is preloaded", async () => {
    expect(await last(await server(3, { "gemma3n:e4b": 8192 }), [gemma])).toBe(
      "5/5 models stay loaded: gemma3n:e4b (context 8192)",
    );
  });

  it("lists each model that is preloaded, with its context where the server tells it", async () => {
    const asked = await server(3, { "bge-m3:567m": 4096 });
    expect(await last(asked, [gemma, bge, smol])).toBe(
      "11/11 models stay loaded: gemma3n:e4b, bge-m3:567m (context 4096)",
    );
    expect(sentTo(asked, "/api/generate")).toHaveLength(6);
  });

  it("loads those again that another model has pushed out, to be kept as before", async () => {
    const asked = await server(2, { "gemma3n:e4b": 8192 });
    expect(await last(asked, [gemma, bge, smol])).toBe(
      "11/11 models stay loaded: gemma3n:e4b (context 8192, loaded again), bge-m3:567m (loaded again)",
    );
    expect(sentTo(asked, "/api/generate").slice(6)).toEqual([
      { model: "gemma3n:e4b", stream: false, keep_alive: "-1s" },
      { model: "bge-m3:567m", stream: false, keep_alive: "-1s" },
    ]);
  });

  it("says what is in memory when nothing is preloaded", async () => {
    expect(await last(await server(1), [{ ...bge, preload: false }, smol])).toBe(
      "8/8 models stay loaded: none has preload; in memory: smollm2:135m",
    );
  });

  it("fails where there is no room for all of them", async () => {
    expect(await failureOf(last(await server(1), [gemma, bge]))).toBe(
      "Readiness gate, step 8/8 models stay loaded, failed: gemma3n:e4b has preload and is not in memory, " +
        "which holds bge-m3:567m: raise ollama.maxLoadedModels or the memory, or preload fewer models",
    );
  });

  it("fails at a model with another context", async () => {
    expect(await failureOf(last(await server(3, { "gemma3n:e4b": 2048 }), [gemma]))).toBe(
      "Readiness gate, step 5/5 models stay loaded, failed: gemma3n:e4b is loaded with a context of 2048 tokens, " +
        "and its contextLength is 8192",
    );
  });
});
