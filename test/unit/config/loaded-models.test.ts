import { describe, expect, it } from "vitest";
import { gpuNeed, hostNeed } from "../../../config/loaded-models.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { parsed, problemsOf } from "../support/raw-config.ts";

const [e4b, gemma3, gemma4] = ["gemma3n:e4b", "gemma3:4b", "gemma4:e4b-it-qat"];
const [bge, qwen, mini] = ["bge-m3:567m", "qwen3-embedding:0.6b", "all-minilm:22m"];
const preloaded = (name: string) => ({ name, preload: true });

/** Models, tuning, and of those that are loaded together the names and the bytes of host memory, added up by hand. */
const combinations: readonly (readonly [string, readonly unknown[], object, readonly string[], number])[] = [
  ["the only one", [e4b], {}, [e4b], 9_158_201_852],
  ["the larger of two, of which one is loaded", [bge, e4b], {}, [e4b], 9_158_201_852],
  ["both of two", [e4b, bge], { maxLoadedModels: 2 }, [e4b, bge], 11_658_051_737],
  ["the two largest of four", [mini, e4b, bge, gemma3], { maxLoadedModels: 2 }, [e4b, gemma3], 15_516_902_536],
  [
    "the preloaded one and the largest other",
    [gemma4, gemma3, preloaded(bge)],
    { maxLoadedModels: 2 },
    [gemma4, bge],
    11_238_431_558,
  ],
  [
    "two that are preloaded and the largest other",
    [e4b, preloaded(bge), preloaded(mini), qwen],
    { maxLoadedModels: 3 },
    [e4b, bge, mini],
    12_576_427_965,
  ],
  ["the larger one, when a preloaded one leaves it no place", [e4b, preloaded(bge)], {}, [e4b], 9_158_201_852],
  [
    "one slot for embedding, whatever numParallel is",
    [e4b, qwen],
    { maxLoadedModels: 2, numParallel: 4 },
    [e4b, qwen],
    12_884_360_454,
  ],
  [
    "each with a context of its own",
    [
      { name: e4b, contextLength: 4096 },
      { name: qwen, contextLength: 2048 },
    ],
    { maxLoadedModels: 2 },
    [e4b, qwen],
    11_240_193_286,
  ],
  [
    "what is known beside a preloaded one that is not",
    [e4b, preloaded("someone/gemma:1"), bge],
    { maxLoadedModels: 2 },
    [e4b],
    9_158_201_852,
  ],
];

const loading = (change: RawConfig) => hostNeed(parsed({ memory: "0", ...change }));

describe("what models take that are loaded at once", () => {
  it.each(combinations)("is %s", (_, models, ollama, names, bytes) => {
    const need = loading({ models, ollama });
    expect(need.models.map(({ name }) => name)).toEqual(names);
    expect(need.sum.total).toBe(bytes);
  });

  it.each(combinations)(
    "is refused by a MiB less of memory, and not by what holds %s",
    (_, models, ollama, __, bytes) => {
      const fits = Math.ceil(bytes / 1024 ** 2);
      const verdict = (memory: number) => problemsOf({ memory: `${memory}m`, models, ollama }).length;
      expect([verdict(fits), verdict(fits - 1)]).toEqual([0, 1]);
    },
  );

  it("is the same of a resolved configuration", () => {
    const change = { models: [e4b, qwen], ollama: { maxLoadedModels: 2, numParallel: 4 } };
    expect(hostNeed(resolveConfig(parsed(change)))).toEqual(loading(change));
  });

  it("names those that take more than is known", () => {
    expect(loading({ models: [e4b, "someone/gemma:1"] }).unknown).toEqual(["someone/gemma:1"]);
    expect(loading({ models: [e4b, "gemma3n:e2b"], gpus: "1" }).unknown).toEqual(["gemma3n:e2b"]);
    expect(loading({ models: ["someone/gemma:1"] })).toMatchObject({ models: [], unknown: ["someone/gemma:1"] });
  });

  it("is told with each model's own, in one sentence", () => {
    expect(problemsOf({ memory: "10GiB", models: [e4b, bge], ollama: { maxLoadedModels: 2 } })).toEqual([
      "memory: gemma3n:e4b (8.53 GiB) and bge-m3:567m (2.33 GiB) need 10.9 GiB: weights 8.11 GiB + KV cache 256 MiB + " +
        "buffers 1 GiB + prompt cache 1 GiB + server 512 MiB; write 11GiB or more, or lower ollama.maxLoadedModels, " +
        "ollama.contextLength or ollama.numParallel",
    ]);
  });

  it("is told with the names of those that are unknown, where they can be loaded beside the others", () => {
    const told = (maxLoadedModels: number) =>
      problemsOf({ memory: "8GiB", models: [e4b, "someone/gemma:1"], ollama: { maxLoadedModels } });
    const known =
      "memory: gemma3n:e4b needs 8.53 GiB: weights 7.03 GiB + KV cache 256 MiB (8192 tokens x 1 parallel, f16) + buffers " +
      "512 MiB + prompt cache 512 MiB + server 256 MiB";
    const advice = "; write 9GiB or more, or lower ollama.contextLength or ollama.numParallel";
    expect(told(1)).toEqual([known + advice]);
    expect(told(2)).toEqual([`${known} + someone/gemma:1 unknown${advice}`]);
  });

  it("is told of one with its own context", () => {
    expect(
      problemsOf({ memory: "2GiB", models: [{ name: qwen, contextLength: 4096 }], ollama: { numParallel: 8 } }),
    ).toEqual([
      "memory: qwen3-embedding:0.6b needs 2.28 GiB: weights 610 MiB + KV cache 448 MiB (4096 tokens x 1 parallel, f16) + " +
        "buffers 512 MiB + prompt cache 512 MiB + server 256 MiB; write 3GiB or more, or lower ollama.contextLength or " +
        "ollama.numParallel",
    ]);
  });
});

describe("what models take with a GPU", () => {
  const both = { models: [e4b, bge], gpus: "1", ollama: { maxLoadedModels: 2 } };

  it("is host memory and GPU memory apart, with what stays free on the GPU once", () => {
    expect(loading(both).sum.total).toBe(7_357_117_436);
    expect(gpuNeed(parsed(both))?.sum).toMatchObject({ margin: 1024 ** 3, total: 5_911_547_037 });
  });

  it("is the one that takes most of each memory, which need not be the same", () => {
    const models = [e4b, gemma3];
    expect(loading({ ...both, models, ollama: {} }).models.map(({ name }) => name)).toEqual([e4b]);
    expect(gpuNeed(parsed({ ...both, models, ollama: {} }))?.models.map(({ name }) => name)).toEqual([gemma3]);
  });

  it("is no GPU memory without one", () => {
    expect(gpuNeed(parsed({ models: [e4b, bge] }))).toBeUndefined();
  });

  it("is told as such when the limit is too small", () => {
    expect(problemsOf({ ...both, memory: "6GiB" })).toEqual([
      "memory: gemma3n:e4b (5.38 GiB) and bge-m3:567m (1.48 GiB) need 6.85 GiB of host memory: weights 4.85 GiB + prompt " +
        "cache 1 GiB + server 1 GiB; write 7GiB or more, or lower ollama.maxLoadedModels or ollama.cacheRam; GPU memory " +
        "holds weights 3.26 GiB + KV cache 256 MiB + buffers 1 GiB + margin 1 GiB",
    ]);
  });
});
