import { describe, expect, it } from "vitest";
import { findModel, type CatalogueModel } from "../../../config/catalogue.ts";
import { memoryNeed } from "../../../config/memory-need.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { parsed, problemsOf } from "../support/raw-config.ts";

const MiB = 1024 * 1024;

function e4b(): CatalogueModel {
  const model = findModel("gemma3n:e4b");
  if (model === undefined) throw new Error("gemma3n:e4b is not in the catalogue");
  return model;
}

function needWith(change: RawConfig) {
  return memoryNeed(e4b(), parsed(change));
}

describe("memoryNeed", () => {
  it("adds weights, KV cache, buffers, prompt cache and server", () => {
    expect(needWith({})).toEqual({
      weights: 7547589116,
      kvCache: 256 * MiB,
      buffers: 512 * MiB,
      promptCache: 512 * MiB,
      server: 256 * MiB,
      total: 7547589116 + 1536 * MiB,
    });
  });

  it.each([
    ["f16", 1024 * MiB],
    ["q8_0", 512 * MiB],
    ["q4_0", 256 * MiB],
  ])("takes %s's share of the KV cache for every parallel request", (kvCacheType, kvCache) => {
    expect(needWith({ ollama: { kvCacheType, numParallel: 4 } }).kvCache).toBe(kvCache);
  });

  it.each([["1"], ["all"], ["device=0"]])("leaves out the weights that the GPUs %s take over", (gpus) => {
    const { weights, total } = needWith({ gpus });
    expect([weights, total]).toEqual([4697589116, 4697589116 + 1536 * MiB]);
  });

  it("counts the prompt cache as it is set", () => {
    expect(needWith({ ollama: { cacheRam: "2GiB" } }).promptCache).toBe(2048 * MiB);
  });

  it("accepts exactly the memory that the model needs, and not a MiB less", () => {
    const fits = Math.ceil(needWith({}).total / MiB);
    expect([problemsOf({ memory: `${fits}m` }).length, problemsOf({ memory: `${fits - 1}m` }).length]).toEqual([0, 1]);
  });
});
