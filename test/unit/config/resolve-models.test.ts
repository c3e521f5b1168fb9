import { describe, expect, it } from "vitest";
import { contextOf, purposesOf, resolveConfig, type ResolvedModel } from "../../../config/resolve.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { e4bDigest, parsed } from "../support/raw-config.ts";

const otherDigest = `sha256:${"0".repeat(64)}`;
const bge = "bge-m3:567m";

/** The models of a stack with these, which the rest of its configuration allows. */
function resolved(models: readonly unknown[], change: RawConfig = {}): readonly ResolvedModel[] {
  return resolveConfig(parsed({ models, ...change })).models;
}

/** What is right for every model of which nothing is written. */
const usual = {
  preload: false,
  contextLength: undefined,
  keepAlive: undefined,
  readiness: { prompt: "The capital of France is", pattern: "Paris", minTokensPerSecond: 1 },
};

describe("the models of a resolved configuration", () => {
  it("have from the catalogue what they are for, digest, licence, length of vectors and whether they know Korean", () => {
    expect(resolved(["gemma3n:e4b", bge, "nomic-embed-text:v1.5"])).toEqual([
      {
        ...usual,
        name: "gemma3n:e4b",
        digest: e4bDigest,
        license: {
          spdx: "LicenseRef-Gemma",
          url: "https://ai.google.dev/gemma/terms",
          notice: "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
        },
        for: ["chat"],
        vectorLength: undefined,
        korean: true,
      },
      {
        ...usual,
        name: bge,
        digest: "sha256:7907646426070047a77226ac3e684fbbe8410524f7b4a74d02837e43f2146bab",
        license: { spdx: "MIT", url: "https://opensource.org/license/mit", notice: null },
        for: ["embedding"],
        vectorLength: 1024,
        korean: true,
      },
      {
        ...usual,
        name: "nomic-embed-text:v1.5",
        digest: "sha256:0a109f422b47e3a30ba2b10eca18548e944e8a23073ee3f3e947efcf3c45e59f",
        license: { spdx: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0", notice: null },
        for: ["embedding"],
        vectorLength: 768,
        korean: false,
      },
    ]);
  });

  it("are for chat where the catalogue lacks them, with nothing known", () => {
    expect(resolved(["someone/gemma:1"])).toEqual([
      {
        ...usual,
        name: "someone/gemma:1",
        digest: undefined,
        license: undefined,
        for: ["chat"],
        vectorLength: undefined,
        korean: false,
      },
    ]);
  });

  it("have neither licence nor figures of other bytes under a known name", () => {
    const config = parsed({ models: [bge] });
    const [model] = config.models;
    if (model === undefined) throw new Error("there is no model");
    const other = resolveConfig({ ...config, models: [{ ...model, digest: otherDigest }] }).models;
    expect(other).toEqual([
      {
        ...usual,
        name: bge,
        digest: otherDigest,
        license: undefined,
        for: ["embedding"],
        vectorLength: undefined,
        korean: false,
      },
    ]);
  });

  it("keep their order", () => {
    const models = [bge, "a:b", "gemma3n:e4b"];
    expect(resolved(models).map(({ name }) => name)).toEqual(models);
    expect(resolved(models.toReversed()).map(({ name }) => name)).toEqual(models.toReversed());
  });

  it("stay for ever where they are preloaded, and else as long as is written", () => {
    const models = [
      { name: bge, preload: "true" },
      { name: "a:b", keepAlive: 0 },
      { name: "c:d", keepAlive: "1h" },
    ];
    expect(resolved(models).map(({ preload, keepAlive }) => [preload, keepAlive])).toEqual([
      [true, "-1s"],
      [false, "0"],
      [false, "1h"],
    ]);
  });

  it("have the gate of the stack, and their own in its place key by key", () => {
    const readiness = { prompt: "한국의 수도는", pattern: "서울", minTokensPerSecond: 5, timeout: "1h" };
    const own = [{}, { prompt: "Hello" }, { pattern: "." }, { minTokensPerSecond: "0" }, { prompt: "a", pattern: "b" }];
    const models = own.map((one, index) => ({ name: `m:${index}`, readiness: one }));
    expect(resolved(models, { readiness }).map((model) => model.readiness)).toEqual([
      { prompt: "한국의 수도는", pattern: "서울", minTokensPerSecond: 5 },
      { prompt: "Hello", pattern: "서울", minTokensPerSecond: 5 },
      { prompt: "한국의 수도는", pattern: ".", minTokensPerSecond: 5 },
      { prompt: "한국의 수도는", pattern: "서울", minTokensPerSecond: 0 },
      { prompt: "a", pattern: "b", minTokensPerSecond: 5 },
    ]);
  });

  it("have a context of their own only where it is written", () => {
    expect(resolved(["a:b", { name: "c:d", contextLength: "4096" }]).map((model) => model.contextLength)).toEqual([
      undefined,
      4096,
    ]);
  });
});

describe("what a model is for", () => {
  it.each([
    ["as it is written", { name: "gemma4:e4b-it-qat", for: ["chat" as const] }, ["chat"]],
    ["as the catalogue has it", { name: "gemma4:e4b-it-qat", for: undefined }, ["chat", "vision", "audio"]],
    ["chat where nothing is known", { name: "a:b", for: undefined }, ["chat"]],
  ])("is %s", (_, model, purposes) => {
    expect(purposesOf(model)).toEqual(purposes);
  });
});

describe("the context of a model", () => {
  const { ollama } = parsed({ ollama: { contextLength: 8192 } });

  it.each([
    ["its own", 256, { contextLength: 512 }, 256],
    ["the server's", undefined, { contextLength: 32_768 }, 8192],
    ["what it takes, where that is less", undefined, { contextLength: 512 }, 512],
    ["the server's where it is not known", undefined, undefined, 8192],
  ])("is %s", (_, contextLength, known, tokens) => {
    expect(contextOf({ contextLength }, known, ollama)).toBe(tokens);
  });
});
