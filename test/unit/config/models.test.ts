import { describe, expect, it } from "vitest";
import { findModel, licenses, modelNames, type CatalogueModel } from "../../../config/catalogue.ts";
import { parseModelName } from "../../../config/model-name.ts";
import { e4bDigest } from "../support/raw-config.ts";

const entries = modelNames.map((name) => [name, findModel(name)] as [string, CatalogueModel]);

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

describe("config/models.json", () => {
  it("knows these models", () => {
    expect(modelNames).toEqual(["gemma3n:e4b", "gemma3n:e2b", "gemma3:4b"]);
  });

  it("does not know others", () => {
    expect([findModel("gemma3n"), findModel("gemma3n:e8b")]).toEqual([undefined, undefined]);
  });

  it.each(entries)("names %s with a tag", (name) => {
    expect(parseModelName(name)?.tag).toBe(name.split(":")[1]);
  });

  it.each(entries)("pins %s by a digest", (_, { digest }) => {
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("gives every model a digest of its own", () => {
    expect(new Set(entries.map(([, { digest }]) => digest)).size).toBe(entries.length);
  });

  it.each(entries)("has positive sizes for %s", (_, { bytes, contextLength, memory }) => {
    const sizes = [bytes, contextLength, memory.kvBytesPerToken, memory.computeBytes];
    expect(sizes.filter((size) => !isPositiveInteger(size))).toEqual([]);
  });

  it.each(entries)("leaves to a GPU at most all of %s", (_, { bytes, memory }) => {
    const offload = memory.gpuOffloadBytes ?? bytes;
    expect(offload > 0 && offload <= bytes).toBe(true);
  });

  it("calls unknown what nobody has told of gemma3n:e2b", () => {
    expect(findModel("gemma3n:e2b")?.memory.gpuOffloadBytes).toBeNull();
  });

  it.each(entries)("tells the source of every figure of %s's memory", (_, { memory: { sources, ...figures } }) => {
    expect(Object.keys(sources)).toEqual(Object.keys(figures));
    expect(Object.values(sources).filter((source) => source === "")).toEqual([]);
  });

  it.each(entries)("has a licence with a notice for %s", (_, { license }) => {
    expect(licenses[license]).toEqual({
      spdx: "LicenseRef-Gemma",
      url: "https://ai.google.dev/gemma/terms",
      notice: "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
    });
  });

  it("describes gemma3n:e4b, which takes text only", () => {
    expect(findModel("gemma3n:e4b")).toMatchObject({
      digest: e4bDigest,
      bytes: 7547589116,
      contextLength: 32768,
      takes: ["text"],
    });
  });

  it("lets gemma3:4b take images", () => {
    expect(findModel("gemma3:4b")?.takes).toEqual(["text", "image"]);
  });
});
