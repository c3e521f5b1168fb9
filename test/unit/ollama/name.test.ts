import { describe, expect, it } from "vitest";
import { blobPath, manifestPath } from "../../../ollama/name.ts";
import { modelName, parseModelName, originalName } from "../../../config/model-name.ts";

describe("parseModelName", () => {
  it.each([
    ["gemma3n:e4b", { namespace: "library", model: "gemma3n", tag: "e4b" }],
    ["someone/gemma:1", { namespace: "someone", model: "gemma", tag: "1" }],
    ["Some_one/Gemma.2-it:Q4_K_M", { namespace: "Some_one", model: "Gemma.2-it", tag: "Q4_K_M" }],
    [`a:${"b".repeat(80)}`, { namespace: "library", model: "a", tag: "b".repeat(80) }],
  ])("takes %s apart", (name, parts) => {
    expect(parseModelName(name)).toEqual(parts);
  });

  it.each([
    "",
    "gemma3n",
    "gemma3n:",
    ":e4b",
    "a/b/c:d",
    "/a:b",
    "a/:b",
    "a:b:c",
    "a b:c",
    ".a:b",
    "a:-b",
    "a:b\n",
    "../a:b",
    `a:${"b".repeat(81)}`,
  ])("does not take %j for a name", (name) => {
    expect(parseModelName(name)).toBeUndefined();
  });
});

describe("modelName", () => {
  it("throws for what is no name", () => {
    expect(() => modelName("gemma3n")).toThrow(
      new Error('"gemma3n" is not a model name; write model:tag, for example gemma3n:e4b'),
    );
  });
});

describe("paths in a model store", () => {
  it.each([
    ["gemma3n:e4b", "manifests/registry.ollama.ai/library/gemma3n/e4b"],
    ["someone/gemma:1", "manifests/registry.ollama.ai/someone/gemma/1"],
  ])("has the manifest of %s at %s", (name, path) => {
    expect(manifestPath(modelName(name))).toBe(path);
  });

  it("has a blob under its digest with a dash", () => {
    expect(blobPath("sha256:abc")).toBe("blobs/sha256-abc");
  });
});

describe("originalName", () => {
  it.each([
    ["gemma3n:e4b", "pinned/gemma3n:e4b"],
    ["someone/gemma:1", "pinned/someone-gemma:1"],
  ])("keeps %s under %s", (name, pinned) => {
    expect(originalName(name)).toBe(pinned);
  });
});
