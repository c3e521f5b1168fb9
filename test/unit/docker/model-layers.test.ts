import { describe, expect, it } from "vitest";
import { modelLayers, stagedLayers } from "../../../docker/weights-layer.ts";
import { secondModel, testModel } from "../support/model.ts";
import { stagedModels } from "../support/staged-model.ts";

const modelOf = (name: string, ...digests: string[]) => ({ name, blobs: digests.map((digest) => ({ digest })) });
const ownOf = (...models: ReturnType<typeof modelOf>[]) =>
  modelLayers(models).map(({ model, own }) => [model.name, ...own.map(({ digest }) => digest)]);

describe("the layers of models", () => {
  it("are one for each, in the order of the models, with its blobs in their order", () => {
    expect(ownOf(modelOf("one", "b", "a"), modelOf("two", "d", "c"))).toEqual([
      ["one", "b", "a"],
      ["two", "d", "c"],
    ]);
    expect(ownOf(modelOf("two", "d", "c"), modelOf("one", "b", "a"))).toEqual([
      ["two", "d", "c"],
      ["one", "b", "a"],
    ]);
  });

  it("have a blob that several models have in the lowest of theirs alone", () => {
    const models = [modelOf("one", "a", "b"), modelOf("two", "b", "c"), modelOf("three", "c", "a", "d", "b")] as const;
    expect(ownOf(...models)).toEqual([
      ["one", "a", "b"],
      ["two", "c"],
      ["three", "d"],
    ]);
    expect(ownOf(...models.toReversed())).toEqual([["three", "c", "a", "d", "b"], ["two"], ["one"]]);
  });

  it("are the same for the lower models whether or not others follow", () => {
    const lower = [modelOf("one", "a", "b"), modelOf("two", "b", "c")];
    expect(ownOf(...lower, modelOf("three", "a", "c")).slice(0, 2)).toEqual(ownOf(...lower));
  });

  it("are none without models", () => {
    expect(modelLayers([])).toEqual([]);
  });

  it("of staged models have whole layers of their manifests", async () => {
    const staged = await stagedModels();
    const { config, weights, parameters } = secondModel;
    expect(stagedLayers(staged)).toEqual([
      { staged: staged[0], own: [testModel.config, testModel.weights, testModel.license] },
      { staged: staged[1], own: [config, weights, parameters] },
    ]);
  });
});
