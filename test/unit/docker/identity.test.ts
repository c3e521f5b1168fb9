import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { identityLabel, imageIdentity, imageName, type ImageContents } from "../../../docker/identity.ts";

const contents: ImageContents = {
  baseImage: "ollama/ollama:0.32.1",
  model: "gemma3n:e4b",
  digest: `sha256:${"1".repeat(64)}`,
  license: "LicenseRef-Gemma",
  notice: "Gemma is provided",
};
const dockerfile = "FROM scratch\n";
const identity = imageIdentity(contents, dockerfile);

describe("imageIdentity", () => {
  it("is the sha256 of everything that the image contains", () => {
    const { baseImage, model, digest, license, notice } = contents;
    const text = JSON.stringify([baseImage, model, digest, license, notice, dockerfile]);
    expect(identity).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
  });

  it.each([
    ["baseImage", "ollama/ollama:0.32.2"],
    ["model", "gemma3n:e2b"],
    ["digest", `sha256:${"2".repeat(64)}`],
    ["license", "Apache-2.0"],
    ["license", null],
    ["notice", "Gemma is given"],
    ["notice", null],
  ])("changes with %s %j", (key, value) => {
    expect(imageIdentity({ ...contents, [key]: value }, dockerfile)).not.toBe(identity);
  });

  it("changes with the Dockerfile", () => {
    expect(imageIdentity(contents, `${dockerfile}#\n`)).not.toBe(identity);
  });

  it("tells a value in one place from the same in another", () => {
    const [one, other] = [
      { ...contents, license: "x", notice: null },
      { ...contents, license: null, notice: "x" },
    ];
    expect(imageIdentity(one, dockerfile)).not.toBe(imageIdentity(other, dockerfile));
  });

  it("changes with nothing else, neither other keys nor their order", () => {
    const { notice, license, digest, model, baseImage } = contents;
    const more = { image: "localhost/gemma/x:1", notice, license, digest, model, baseImage };
    expect(imageIdentity(more, dockerfile)).toBe(identity);
  });

  it("has a label of its own", () => {
    expect(identityLabel).toBe("io.chatgemma.identity");
  });
});

describe("imageName", () => {
  it.each([
    ["gemma3n:e4b", "localhost/gemma/gemma3n:e4b-0123456789ab"],
    ["Some_one/Gemma.2:Q4_K_M", "localhost/gemma/some_one/gemma.2:Q4_K_M-0123456789ab"],
  ])("of %s is %s", (model, name) => {
    expect(imageName(model, "sha256:0123456789abcdef")).toBe(name);
  });
});
