import { describe, expect, it } from "vitest";
import { findModel, type CatalogueModel } from "../../../config/catalogue.ts";
import { gpuMemoryNeed, memoryNeed, partsText } from "../../../config/memory-need.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { parsed, problemsOf } from "../support/raw-config.ts";

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

function known(name: string): CatalogueModel {
  const model = findModel(name);
  if (model === undefined) throw new Error(`${name} is not in the catalogue`);
  return model;
}

const host = (change: RawConfig, model = "gemma3n:e4b") => memoryNeed(known(model), parsed(change));
const onGpu = (change: RawConfig, model = "gemma3n:e4b") =>
  gpuMemoryNeed(known(model), parsed({ gpus: "1", ...change }));

/* Sizes in the layers of Ollama's library, and what logs of llama.cpp and operators said: none of them is taken from the code. */
const e4bLayers = 7_547_579_904 + 358 + 8_363 + 491;
const e4bPerLayerEmbeddings = 8960 * 262_144 * 2;
const seenKvCacheAt8192 = 256 * MiB;
const seenBuffers = 516 * MiB;

/** Whether a figure is the one that was seen, but for what a log rounds away. */
const isAbout = (figure: number, seen: number) => Math.abs(figure - seen) / seen < 0.02;

describe("what a model needs on the CPU", () => {
  it("is all of its weights, and what was seen beside them", () => {
    const { weights, kvCache, buffers } = host({});
    expect(weights).toBe(e4bLayers);
    expect(kvCache).toBe(seenKvCacheAt8192);
    expect(isAbout(buffers ?? 0, seenBuffers)).toBe(true);
  });

  it("lies between the 7.03 GiB of weights and the 10 GiB that operators give it", () => {
    const { total } = host({});
    expect(total > 8 * GiB && total < 10 * GiB).toBe(true);
  });

  it.each([
    ["f16", 4],
    ["q8_0", 2],
    ["q4_0", 1],
  ])("has a KV cache for every parallel request, with %s for as many as %d of one", (kvCacheType, times) => {
    expect(host({ ollama: { kvCacheType, numParallel: 4 } }).kvCache).toBe(times * seenKvCacheAt8192);
  });

  it("has the prompt cache as it is set", () => {
    const [small, large] = ["512m", "2GiB"].map((cacheRam) => host({ ollama: { cacheRam } }));
    expect((large?.total ?? 0) - (small?.total ?? 0)).toBe(1.5 * GiB);
  });

  it("is nothing of a GPU's memory", () => {
    expect(onGpu({ gpus: "none" })).toBeUndefined();
  });

  it("is the least that is accepted as memory, and not a MiB less", () => {
    const fits = Math.ceil(host({}).total / MiB);
    expect([problemsOf({ memory: `${fits}m` }).length, problemsOf({ memory: `${fits - 1}m` }).length]).toEqual([0, 1]);
  });
});

describe("what a model needs with a GPU", () => {
  it.each([["1"], ["all"], ["device=0"]])("leaves the per-layer embeddings in host memory with %s", (gpus) => {
    expect(host({ gpus }).weights).toBe(e4bPerLayerEmbeddings + 358 + 8_363 + 491);
  });

  it("has what it works with in GPU memory alone", () => {
    const change = { gpus: "1", ollama: { numParallel: 4 } };
    expect(host(change)).toMatchObject({ kvCache: 0, buffers: 0 });
    expect(onGpu(change)?.kvCache).toBe(4 * seenKvCacheAt8192);
  });

  it("needs no more host memory for a longer context", () => {
    const [short, long] = [8192, 32768].map((contextLength) => host({ gpus: "1", ollama: { contextLength } }).total);
    expect(short).toBe(long);
  });

  it("takes the 4 to 5 GiB of GPU memory at 8192 tokens that are told of gemma3n:e4b", () => {
    const { total } = onGpu({}) ?? { total: 0 };
    expect(total > 4 * GiB && total < 5 * GiB).toBe(true);
  });

  it("counts what is left free on each reserved GPU", () => {
    const ollama = { gpuOverhead: "512m" };
    expect(onGpu({ ollama })?.overhead).toBe(512 * MiB);
    expect(onGpu({ ollama, gpus: "device=0,2" })?.overhead).toBe(GiB);
    expect(onGpu({ ollama, gpus: "3" })?.overhead).toBe(1.5 * GiB);
  });

  it("takes a long context of gemma3:4b, whose KV cache is larger than the memory limit", () => {
    const change = { models: [{ name: "gemma3:4b" }], gpus: "1", memory: "16GiB", ollama: { contextLength: 131072 } };
    expect(onGpu(change, "gemma3:4b")?.kvCache).toBe(17 * GiB);
    expect(problemsOf(change)).toEqual([]);
    expect(problemsOf({ ...change, gpus: "none" })).toHaveLength(1);
  });

  it("is unknown where the share of the weights is, and said to be", () => {
    const change = { gpus: "1" };
    expect([host(change, "gemma3n:e2b").weights, onGpu(change, "gemma3n:e2b")?.weights]).toEqual([null, null]);
    expect(partsText(host(change, "gemma3n:e2b"), parsed(change))).toBe(
      "weights unknown + prompt cache 512 MiB + server 512 MiB",
    );
  });

  it("is told apart from GPU memory when the limit is too small", () => {
    expect(problemsOf({ gpus: "1", memory: "5GiB" })).toEqual([
      "memory: gemma3n:e4b needs 5.38 GiB of host memory: weights 4.38 GiB + prompt cache 512 MiB + server 512 MiB; " +
        "write 6GiB or more, or lower ollama.cacheRam; GPU memory holds weights 2.65 GiB + " +
        "KV cache 256 MiB (8192 tokens x 1 parallel, f16) + buffers 512 MiB + margin 1 GiB",
    ]);
  });
});
