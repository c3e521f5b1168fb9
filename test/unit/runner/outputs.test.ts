import { describe, expect, it } from "vitest";
import { currentOutputs, type StackOutputs } from "../../../runner/outputs.ts";

const digest = `sha256:${"1".repeat(64)}`;
const place = { url: "http://127.0.0.1:11434", container: "0123456789ab" };
const probe = { prompt: "The capital of France is", pattern: "Paris", minTokensPerSecond: 5 };
const unknown = { preload: false, keepAlive: null, contextLength: null, vectorLength: null, korean: false };

/** What does not change with the number of models. */
const others = {
  baseUrl: "https://127.0.0.1:11434",
  imageIdentity: "localhost/gemma/gemma3n:e4b-0123456789ab",
  engine: { context: "default" },
  tokens: { backend: "gemma-backend-secret" },
};

const current = {
  ...others,
  models: [{ name: "gemma3n:e4b", digest, for: ["chat"] }],
  readiness: {
    ...place,
    timeout: 300,
    requireGpu: true,
    models: [{ model: "gemma3n:e4b", digest, for: ["chat"], ...unknown, ...probe }],
  },
} as unknown as StackOutputs;

describe("the outputs of a stack", () => {
  it("are as they are where this version has brought it up", () => {
    const second = { name: "bge-m3:567m", digest: `sha256:${"2".repeat(64)}`, for: ["embedding"] as const };
    const several = { ...current, models: [...current.models, second] };
    expect(currentOutputs(several)).toEqual(several);
  });

  it("are what there is of them after an update of some resources alone", () => {
    const { baseUrl, models } = current;
    const some = { baseUrl, models } as StackOutputs;
    expect(currentOutputs(some)).toEqual(some);
    expect(currentOutputs({})).toEqual({});
  });

  it.each([
    ["with a timeout in seconds, as the first version", { timeoutSeconds: 300 }],
    ["with a timeout", { timeout: 300 }],
  ])("have the one model that an earlier version served %s", (_, timeout) => {
    const earlier = {
      ...others,
      modelName: "gemma3n:e4b",
      modelDigest: digest,
      readiness: { ...place, model: "gemma3n:e4b", digest, ...probe, requireGpu: true, ...timeout },
    };
    const found = currentOutputs(earlier as unknown as StackOutputs);
    expect(found).toMatchObject(current);
    expect(Object.keys(found).sort()).toEqual(Object.keys(current).sort());
  });
});
