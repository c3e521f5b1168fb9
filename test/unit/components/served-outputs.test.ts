import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { readinessOf, servedModels } from "../../../components/served-models.ts";
import type { ResolvedModel } from "../../../config/resolve.ts";
import { valueOf } from "../support/pulumi-mocks.ts";

const digest = `sha256:${"1".repeat(64)}`;
const chat: ResolvedModel = {
  name: "gemma3n:e4b",
  digest,
  license: { spdx: "LicenseRef-Gemma", url: "https://ai.google.dev", notice: null },
  for: ["chat"],
  preload: false,
  contextLength: undefined,
  keepAlive: undefined,
  vectorLength: undefined,
  korean: true,
  readiness: { prompt: "The capital of France is", pattern: "Paris", minTokensPerSecond: 5 },
};
const vectors: ResolvedModel = {
  ...chat,
  ...{ name: "bge-m3:567m", digest: undefined, license: undefined, for: ["embedding"], preload: true },
  ...{ contextLength: 2048, keepAlive: "-1s", vectorLength: 1024 },
};

describe("what the gate asks of models", () => {
  it("is what each is for and how it is kept, with null for what is open", () => {
    const probe = { prompt: "The capital of France is", pattern: "Paris", minTokensPerSecond: 5, korean: true };
    expect(readinessOf([chat, vectors])).toEqual([
      {
        ...{ model: "gemma3n:e4b", digest, for: ["chat"], preload: false, ...probe },
        ...{ keepAlive: null, contextLength: null, vectorLength: null },
      },
      {
        ...{ model: "bge-m3:567m", digest: null, for: ["embedding"], preload: true, ...probe },
        ...{ keepAlive: "-1s", contextLength: 2048, vectorLength: 1024 },
      },
    ]);
  });
});

describe("what a stack serves", () => {
  it("is each model with its digest, or the one that was pulled in its place", async () => {
    const pulled = pulumi.output(["sha256:first", "sha256:second"]);
    expect(await valueOf(servedModels([chat, vectors], pulled))).toEqual([
      { name: "gemma3n:e4b", digest, for: ["chat"] },
      { name: "bge-m3:567m", digest: "sha256:second", for: ["embedding"] },
    ]);
  });

  it("is what is in the image where nothing is pulled", async () => {
    const models = [chat, { ...vectors, digest }];
    expect(await valueOf(servedModels(models, undefined))).toEqual([
      { name: "gemma3n:e4b", digest, for: ["chat"] },
      { name: "bge-m3:567m", digest, for: ["embedding"] },
    ]);
  });
});
