import { describe, expect, it } from "vitest";
import { findModel, licenses, modelNames, movingTags, type CatalogueModel } from "../../../config/catalogue.ts";
import { parseModelName } from "../../../config/model-name.ts";
import { purposes } from "../../../config/purposes.ts";
import { e4bDigest } from "../support/raw-config.ts";

const entries = modelNames.map((name) => [name, findModel(name)] as [string, CatalogueModel]);

function isPositiveInteger(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

describe("config/models.json", () => {
  it("knows these models", () => {
    expect(modelNames).toEqual([
      "gemma3n:e4b",
      "gemma3n:e2b",
      "gemma3:4b",
      "gemma4:e4b-it-qat",
      "gemma4:e2b-it-qat",
      "bge-m3:567m",
      "embeddinggemma:300m",
      "qwen3-embedding:0.6b",
      "nomic-embed-text:v1.5",
      "all-minilm:22m",
    ]);
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
    const sizes = [bytes, contextLength, memory.computeBytes];
    expect(sizes.filter((size) => !isPositiveInteger(size))).toEqual([]);
    expect(isPositiveInteger(memory.kvBytesPerToken + 1)).toBe(true);
  });

  it.each(entries)("knows %s for something, and the length of vectors where it is for embedding", (_, entry) => {
    expect(entry.for.every((purpose) => purposes.includes(purpose)) && entry.for.length > 0).toBe(true);
    expect(entry.vectorLength !== undefined).toBe(entry.for.includes("embedding"));
    expect(entry.takes.includes("image")).toBe(entry.for.includes("vision"));
    expect(entry.takes.includes("audio")).toBe(entry.for.includes("audio"));
  });

  it.each(entries)("writes the languages of %s as ISO codes, and the least Ollama as a version", (_, entry) => {
    expect(entry.languages.filter((code) => !/^[a-z]{2}$/.test(code))).toEqual([]);
    expect(entry.leastOllama ?? "0.0.0").toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("knows which models know Korean, and how long vectors are", () => {
    const facts = entries.map(([name, { languages, vectorLength }]) => [name, languages.includes("ko"), vectorLength]);
    expect(facts).toEqual([
      ["gemma3n:e4b", true, undefined],
      ["gemma3n:e2b", true, undefined],
      ["gemma3:4b", true, undefined],
      ["gemma4:e4b-it-qat", true, undefined],
      ["gemma4:e2b-it-qat", true, undefined],
      ["bge-m3:567m", true, 1024],
      ["embeddinggemma:300m", true, 768],
      ["qwen3-embedding:0.6b", true, 1024],
      ["nomic-embed-text:v1.5", false, 768],
      ["all-minilm:22m", false, 384],
    ]);
  });

  it("does not know tags that move, and knows what to write in their place", () => {
    expect([...movingTags]).toEqual([["gemma4:e4b", "gemma4:e4b-it-qat"]]);
    expect([...movingTags].map(([tag, instead]) => [findModel(tag), findModel(instead)?.quantization])).toEqual([
      [undefined, "Q4_0"],
    ]);
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

  it.each(entries)("has a licence for %s", (_, { license }) => {
    expect(licenses[license]).toBeDefined();
  });

  it("knows which licence is whose, and the notice that Gemma's asks for", () => {
    expect(entries.map(([, { license }]) => licenses[license]?.spdx)).toEqual([
      "LicenseRef-Gemma",
      "LicenseRef-Gemma",
      "LicenseRef-Gemma",
      "Apache-2.0",
      "Apache-2.0",
      "MIT",
      "LicenseRef-Gemma",
      "Apache-2.0",
      "Apache-2.0",
      "Apache-2.0",
    ]);
    expect(licenses["gemma"]).toEqual({
      spdx: "LicenseRef-Gemma",
      url: "https://ai.google.dev/gemma/terms",
      notice: "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
    });
    expect([licenses["apache-2.0"]?.notice, licenses["mit"]?.notice]).toEqual([null, null]);
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
