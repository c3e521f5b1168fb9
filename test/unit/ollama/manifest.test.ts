import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { Failure, reasonOf } from "../../../support/failure.ts";
import { parseManifest, totalSize } from "../../../ollama/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";
import { testModel } from "../support/model.ts";

const { config, weights, license } = testModel;

function parseText(value: unknown) {
  return parseManifest(JSON.stringify(value), "store/e4b");
}

describe("parseManifest", () => {
  it("has the digest of the very text", () => {
    const { text, digest } = parseManifest(`${testModel.text}\n`, "store/e4b");
    const hex = createHash("sha256").update(`${testModel.text}\n`).digest("hex");
    expect([text, digest]).toEqual([`${testModel.text}\n`, `sha256:${hex}`]);
  });

  it("lists the config and every layer in order", () => {
    expect(parseManifest(testModel.text, "store/e4b").blobs).toEqual([config, weights, license]);
  });

  it("lists a blob that occurs twice once", () => {
    expect(parseText({ config, layers: [weights, weights, config] }).blobs).toEqual([config, weights]);
  });

  it("takes a manifest without layers", () => {
    expect(parseText({ config }).blobs).toEqual([config]);
  });

  it("refuses what is not JSON", () => {
    expect(() => parseManifest("<html>", "store/e4b")).toThrow(
      new Failure("store/e4b is not a model manifest: it is not JSON"),
    );
  });

  it.each([
    ["no config", { layers: [weights] }],
    ["an empty config", { config: {}, layers: [] }],
    ["a layer without a size", { config, layers: [{ digest: weights.digest }] }],
    ["a layer with a size in words", { config, layers: [{ digest: weights.digest, size: "5" }] }],
    ["a layer without a digest", { config, layers: [{ size: 5 }] }],
    ["a layer with a path as digest", { config, layers: [{ digest: "sha256:../../etc/passwd", size: 5 }] }],
    ["a layer that is null", { config, layers: [null] }],
  ])("refuses %s", (_, value) => {
    expect(() => parseText(value)).toThrow(
      new Failure("store/e4b is not a model manifest: a layer lacks its digest or size"),
    );
  });

  it.each([[null], [[]], [3], ["text"]])("refuses %j", (value) => {
    expect(() => parseText(value)).toThrow(
      new Failure("store/e4b is not a model manifest: a layer lacks its digest or size"),
    );
  });
});

describe("totalSize", () => {
  it("adds up the blobs", () => {
    expect(totalSize(parseManifest(testModel.text, "store/e4b"))).toBe(config.size + weights.size + license.size);
  });
});

describe("sha256", () => {
  it.each([["abc"], [Buffer.from("abc")]])("hashes %s", (content) => {
    expect(sha256(content)).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});

describe("reasonOf", () => {
  it.each([
    ["plain", new Error("plain")],
    ["inner", new Error("outer", { cause: new Error("inner") })],
    ["first", new AggregateError([new Error("first"), new Error("second")], "all")],
    ["ECONNREFUSED", Object.assign(new Error(""), { code: "ECONNREFUSED" })],
    ["TypeError", new TypeError("")],
    ["text", "text"],
  ])("finds %s", (reason, error) => {
    expect(reasonOf(error)).toBe(reason);
  });
});
