import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  gatewayImageName,
  identityLabel,
  imageContents,
  imageIdentity,
  imageLabels,
  imageName,
  shortIdentity,
  usherIdentity,
  usherImageName,
  usherLabels,
  type ImageContents,
} from "../../../docker/identity.ts";

const baseDigest = `sha256:${"b".repeat(64)}`;
const contents: ImageContents = {
  baseImage: `ollama/ollama:0.32.1@${baseDigest}`,
  model: "gemma3n:e4b",
  digest: `sha256:${"1".repeat(64)}`,
  license: "LicenseRef-Gemma",
  notice: "Gemma is provided",
};
const identity = imageIdentity(contents);

describe("imageContents", () => {
  const { baseImage, model: name, digest } = contents;

  it("has the base, the model and its licence", () => {
    const license = { spdx: "LicenseRef-Gemma", notice: "Gemma is provided" };
    expect(imageContents({ baseImage, model: { name, digest, license } })).toEqual(contents);
  });

  it.each([{}, { license: undefined }])("has null for an unknown licence, %j", (unknown) => {
    const stack = { baseImage, model: { name, digest, ...unknown } };
    expect(imageContents(stack)).toEqual({ ...contents, license: null, notice: null });
  });

  it("has nothing else of what it is given", () => {
    const license = { spdx: "LicenseRef-Gemma", notice: "Gemma is provided", url: "https://ai.google.dev" };
    const stack = { baseImage, name: "prod", model: { name, digest, license, size: 1 } };
    expect(imageContents(stack)).toEqual(contents);
  });
});

describe("imageIdentity", () => {
  it("is the sha256 of the layout and everything that the image contains", () => {
    const { baseImage, model, digest, license, notice } = contents;
    const text = JSON.stringify([3, baseImage, model, digest, license, notice]);
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
    expect(imageIdentity({ ...contents, [key]: value })).not.toBe(identity);
  });

  it("tells a value in one place from the same in another", () => {
    const [one, other] = [
      { ...contents, license: "x", notice: null },
      { ...contents, license: null, notice: "x" },
    ];
    expect(imageIdentity(one)).not.toBe(imageIdentity(other));
  });

  it("changes with nothing else, neither other keys nor their order", () => {
    const { notice, license, digest, model, baseImage } = contents;
    const more = { image: "localhost/gemma/x:1", notice, license, digest, model, baseImage };
    expect(imageIdentity(more)).toBe(identity);
  });

  it("is short as its first twelve digits", () => {
    expect(shortIdentity("sha256:0123456789abcdef")).toBe("0123456789ab");
  });
});

describe("imageName", () => {
  it.each([
    ["gemma3n:e4b", "localhost/gemma/gemma3n:e4b"],
    ["library/gemma3n:e4b", "localhost/gemma/gemma3n:e4b"],
    ["Some_one/Gemma.2:Q4_K_M", "localhost/gemma/some_one/gemma.2:Q4_K_M"],
  ])("of %s is %s and the short identity", (model, name) => {
    const hash = imageIdentity({ ...contents, model }).slice(7, 19);
    expect(imageName({ ...contents, model })).toBe(`${name}-${hash}`);
  });

  it("is the one that it always was, or an image that was delivered would not be found", () => {
    expect(imageName(contents)).toBe("localhost/gemma/gemma3n:e4b-aa2ae300a770");
  });
});

describe("gatewayImageName", () => {
  const image = `haproxy:3.2.26@sha256:${"c".repeat(64)}`;

  it("is the first twelve digits of the sha256 of the image as the configuration names it", () => {
    const hash = createHash("sha256").update(image).digest("hex");
    expect(gatewayImageName(image)).toBe(`localhost/gemma/gateway:${hash.slice(0, 12)}`);
  });

  it("is the one that it always was, or an image that was delivered would not be found", () => {
    const pinned = "haproxy:3.2.26@sha256:f2a1290d0463aad60660d4ec134943f183ee2a5f6c3eb7bf32dd984f2f020772";
    expect(gatewayImageName(pinned)).toBe("localhost/gemma/gateway:b7bddbdc3562");
  });

  it("is another one for another image", () => {
    expect(gatewayImageName(`haproxy:3.2.26@sha256:${"d".repeat(64)}`)).not.toBe(gatewayImageName(image));
  });
});

describe("the usher's image", () => {
  const usher = { image: `node:24.21.0-slim@${baseDigest}`, code: "0123456789ab" };
  const whole = usherIdentity(usher);

  it("has the sha256 of the layout, the base and the code as its identity", () => {
    const text = JSON.stringify([1, usher.image, usher.code]);
    expect(whole).toBe(`sha256:${createHash("sha256").update(text).digest("hex")}`);
  });

  it("is named by the first twelve digits of it, as it always was, or one that was delivered would not be found", () => {
    expect(usherImageName(usher)).toBe(`localhost/gemma/usher:${whole.slice(7, 19)}`);
    expect(usherImageName(usher)).toBe("localhost/gemma/usher:edaf8d52b9a3");
  });

  it.each([{ image: "node:24.21.1-slim" }, { code: "ba9876543210" }])("has another name with %j", (change) => {
    expect(usherImageName({ ...usher, ...change })).not.toBe(usherImageName(usher));
  });

  it("has labels that say what it is, and carry its identity", () => {
    expect(usherLabels(usher)).toEqual({
      "io.chatgemma.identity": whole,
      "org.opencontainers.image.title": "Usher",
      "org.opencontainers.image.description": "The server of the gateway that knows what a request asks of Ollama",
      "org.opencontainers.image.version": whole.slice(7, 19),
      "org.opencontainers.image.base.name": usher.image,
      "org.opencontainers.image.base.digest": baseDigest,
    });
  });
});

describe("imageLabels", () => {
  const labels = {
    "io.chatgemma.identity": identity,
    "io.chatgemma.model": "gemma3n:e4b",
    "io.chatgemma.model.digest": contents.digest,
    "org.opencontainers.image.title": "gemma3n:e4b on Ollama",
    "org.opencontainers.image.description": "Ollama with the model gemma3n:e4b inside",
    "org.opencontainers.image.version": identity.slice(7, 19),
    "org.opencontainers.image.base.name": contents.baseImage,
    "org.opencontainers.image.base.digest": baseDigest,
  };
  const licence = { "org.opencontainers.image.licenses": "LicenseRef-Gemma" };

  it("say what the image contains, and carry its identity", () => {
    expect(imageLabels(contents)).toEqual({ ...labels, ...licence });
  });

  it("have the ID of a base that was loaded", () => {
    const { "org.opencontainers.image.base.name": name, "org.opencontainers.image.base.digest": digest } = imageLabels({
      ...contents,
      baseImage: baseDigest,
    });
    expect([name, digest]).toEqual([baseDigest, baseDigest]);
  });

  it("have no licence when it is unknown", () => {
    const unknown = { ...contents, license: null };
    const other = imageIdentity(unknown);
    expect(imageLabels(unknown)).toEqual({
      ...labels,
      "io.chatgemma.identity": other,
      "org.opencontainers.image.version": other.slice(7, 19),
    });
  });

  it("have the identity where the engine is asked for it", () => {
    expect(identityLabel).toBe("io.chatgemma.identity");
  });
});
