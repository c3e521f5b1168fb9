import { expect, it } from "vitest";
import { keptModels } from "../../../components/served-models.ts";
import type { ResolvedModel } from "../../../config/resolve.ts";

const model: ResolvedModel = {
  ...{ name: "gemma3:4b", digest: undefined, license: undefined, for: ["chat", "vision"], preload: false },
  ...{ contextLength: undefined, keepAlive: undefined, vectorLength: undefined, korean: true },
  readiness: { prompt: "hi", pattern: ".", minTokensPerSecond: 0 },
};

it("The usher keeps the models that are preloaded, or have a time of their own", () => {
  const bge: ResolvedModel = { ...model, name: "bge-m3:567m", for: ["embedding"], preload: true, keepAlive: "-1s" };
  const both: ResolvedModel = { ...model, name: "my/both:1", for: ["embedding", "chat"], keepAlive: "10m" };
  expect(keptModels([model, bge, both])).toEqual([
    { model: "bge-m3:567m", keepAlive: "-1s", preload: true, embeds: true },
    { model: "my/both:1", keepAlive: "10m", preload: false, embeds: false },
  ]);
});
