import { describe, expect, it } from "vitest";
import { modelLayers, stagedLayers } from "../../../docker/weights-layer.ts";
import { MiB } from "../../../support/units.ts";
import { secondModel, testModel } from "../support/model.ts";
import { stagedModels, stagedWithZeros } from "../support/staged-model.ts";

/** A model of large blobs, unless it is said how large they are. */
const modelOf = (name: string, ...blobs: (string | [digest: string, size: number])[]) => ({
  name,
  blobs: blobs.map((blob) => {
    const [digest, size] = typeof blob === "string" ? [blob, 1024 ** 3] : blob;
    return { digest, size };
  }),
});
const ownOf = (...models: ReturnType<typeof modelOf>[]) => named(modelLayers(models));
const named = (layers: ReturnType<typeof modelLayers<{ digest: string; size: number }, ReturnType<typeof modelOf>>>) =>
  layers.map(({ model, own }) => [model.name, ...own.map(({ digest }) => digest)]);

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

  it("have a large blob that several models have in the lowest of theirs alone", () => {
    const models = [modelOf("one", "a", "b"), modelOf("two", "b", "c"), modelOf("three", "c", "a", "d", "b")] as const;
    expect(ownOf(...models)).toEqual([
      ["one", "a", "b"],
      ["two", "c"],
      ["three", "d"],
    ]);
    expect(ownOf(...models.toReversed())).toEqual([["three", "c", "a", "d", "b"], ["two"], ["one"]]);
  });

  it("have a small blob in those of all models that have it", () => {
    const terms: [string, number] = ["terms", 13];
    expect(ownOf(modelOf("one", "a", terms), modelOf("two", terms, "a", "b"), modelOf("three", "b", terms))).toEqual([
      ["one", "a", "terms"],
      ["two", "terms", "b"],
      ["three", "terms"],
    ]);
  });

  it("share a blob of 1 MiB, and none of a byte less", () => {
    const both = (size: number) => ownOf(modelOf("one", ["a", size]), modelOf("two", ["a", size]));
    expect(both(1_048_576)).toEqual([["one", "a"], ["two"]]);
    expect(both(1_048_575)).toEqual([
      ["one", "a"],
      ["two", "a"],
    ]);
  });

  it("share blobs from another size on where that is told, and from 0 on each of them", () => {
    const models = ["one", "two"].map((name) => modelOf(name, ["empty", 0], ["small", 9], ["larger", 10]));
    const all = ["empty", "small", "larger"];
    expect(named(modelLayers(models, 10))).toEqual([
      ["one", ...all],
      ["two", "empty", "small"],
    ]);
    expect(named(modelLayers(models, 0))).toEqual([["one", ...all], ["two"]]);
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
    const { config, weights, license, parameters } = secondModel;
    expect(stagedLayers(staged)).toEqual([
      { staged: staged[0], own: [testModel.config, testModel.weights, testModel.license] },
      { staged: staged[1], own: [config, weights, license, parameters] },
    ]);
  });

  it("of staged models have a large blob of both in the first alone", async () => {
    const staged = await stagedWithZeros(MiB);
    const { config, weights, license, parameters } = secondModel;
    const [first, second] = stagedLayers(staged);
    expect(first).toEqual({ staged: staged[0], own: staged[0].manifest.blobs });
    expect(first?.own.at(-1)?.size).toBe(MiB);
    expect(second).toEqual({ staged: staged[1], own: [config, weights, license, parameters] });
  });
});
