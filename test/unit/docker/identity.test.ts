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
  programIdentity,
  usherImageName,
  programLabels,
  type EmbeddedModel,
  type ImageContents,
} from "../../../docker/identity.ts";
import { Failure } from "../../../support/failure.ts";

const baseDigest = `sha256:${"b".repeat(64)}`;
const first: EmbeddedModel = {
  name: "gemma3n:e4b",
  digest: `sha256:${"1".repeat(64)}`,
  license: "LicenseRef-Gemma",
  notice: "Gemma is provided",
  contextLength: null,
};
const second: EmbeddedModel = {
  name: "bge-m3:567m",
  digest: `sha256:${"3".repeat(64)}`,
  license: "MIT",
  notice: null,
  contextLength: 2048,
};
const contents: ImageContents = { baseImage: `ollama/ollama:0.32.1@${baseDigest}`, models: [first] };
const both: ImageContents = { ...contents, models: [first, second] };
const identity = imageIdentity(contents);

const hashOf = (value: unknown) => `sha256:${createHash("sha256").update(JSON.stringify(value)).digest("hex")}`;

describe("imageContents", () => {
  const { baseImage } = contents;
  const { name, digest } = first;

  it("has the base, the model and its licence", () => {
    const license = { spdx: "LicenseRef-Gemma", notice: "Gemma is provided" };
    expect(imageContents({ baseImage, models: [{ name, digest, license }] })).toEqual(contents);
  });

  it("has models in their order, each with its licence and a context of its own", () => {
    const license = { spdx: "LicenseRef-Gemma", notice: "Gemma is provided" };
    const other = { ...second, license: { spdx: "MIT", notice: null }, contextLength: 2048 };
    expect(imageContents({ baseImage, models: [{ name, digest, license }, other] })).toEqual(both);
  });

  it.each([{}, { license: undefined }, { contextLength: undefined }])("has null for what is unknown, %j", (unknown) => {
    const stack = { baseImage, models: [{ name, digest, ...unknown }] };
    expect(imageContents(stack)).toEqual({ ...contents, models: [{ ...first, license: null, notice: null }] });
  });

  it("has nothing else of what it is given", () => {
    const license = { spdx: "LicenseRef-Gemma", notice: "Gemma is provided", url: "https://ai.google.dev" };
    const model = { name, digest, license, size: 1, for: ["chat"], keepAlive: "-1s", preload: true };
    const stack = { baseImage, name: "prod", models: [model] };
    expect(imageContents(stack)).toEqual(contents);
  });

  it("refuses the model that has no digest, by its name", () => {
    const stack = {
      baseImage,
      models: [
        { name, digest },
        { name: "someone/gemma:1", digest: undefined },
      ],
    };
    expect(() => imageContents(stack)).toThrow(
      new Failure("someone/gemma:1 has no digest to embed it by; write one into its entry of models"),
    );
  });
});

describe("imageIdentity", () => {
  const partsOf = ({ name, digest, license, notice, contextLength }: EmbeddedModel) => [
    ...[name, digest, license, notice, contextLength],
  ];

  it("is the sha256 of the layout, the surroundings and everything that the image contains", () => {
    expect(identity).toBe(hashOf([3, 1, contents.baseImage, [partsOf(first)]]));
    expect(imageIdentity(both)).toBe(hashOf([3, 1, contents.baseImage, [partsOf(first), partsOf(second)]]));
  });

  it("changes with the base", () => {
    expect(imageIdentity({ ...contents, baseImage: "ollama/ollama:0.32.2" })).not.toBe(identity);
  });

  const changes: readonly Partial<EmbeddedModel>[] = [
    { name: "gemma3n:e2b" },
    { digest: `sha256:${"2".repeat(64)}` },
    { license: "Apache-2.0" },
    { license: null },
    { notice: "Gemma is given" },
    { notice: "" },
    { contextLength: 4096 },
  ];

  it.each(changes)("changes with %j of either model", (change) => {
    const whole = imageIdentity(both);
    expect(imageIdentity({ ...both, models: [{ ...first, ...change }, second] })).not.toBe(whole);
    expect(imageIdentity({ ...both, models: [first, { ...second, ...change }] })).not.toBe(whole);
  });

  it("changes with a model more and with their order, which is that of the layers", () => {
    const other = imageIdentity({ ...both, models: [second, first] });
    expect(new Set([identity, imageIdentity(both), other]).size).toBe(3);
  });

  it("tells a value in one place from the same in another", () => {
    const withParts = (one: Partial<EmbeddedModel>, other: Partial<EmbeddedModel>) =>
      imageIdentity({
        ...both,
        models: [
          { ...first, ...one },
          { ...second, ...other },
        ],
      });
    expect(withParts({ license: "x", notice: null }, {})).not.toBe(withParts({ license: null, notice: "x" }, {}));
    expect(withParts({ notice: "x" }, { notice: null })).not.toBe(withParts({ notice: null }, { notice: "x" }));
  });

  it("changes with nothing else, neither other keys nor their order", () => {
    const { notice, license, contextLength, digest, name } = first;
    const model = { size: 1, contextLength, notice, license, digest, name };
    const more = { image: "localhost/gemma/x:1", models: [model], baseImage: contents.baseImage };
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
    const models = [{ ...first, name: model }];
    const hash = imageIdentity({ ...contents, models }).slice(7, 19);
    expect(imageName({ ...contents, models })).toBe(`${name}-${hash}`);
  });

  it("is after the first of several models", () => {
    expect(imageName(both)).toBe(`localhost/gemma/gemma3n:e4b-${imageIdentity(both).slice(7, 19)}`);
    const turned = { ...both, models: [second, first] };
    expect(imageName(turned)).toBe(`localhost/gemma/bge-m3:567m-${imageIdentity(turned).slice(7, 19)}`);
  });

  it("is the one that it was, or an image that was delivered would not be found", () => {
    expect(imageName(contents)).toBe("localhost/gemma/gemma3n:e4b-9e39aa51fcef");
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
  const whole = programIdentity(usher);

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
    expect(programLabels("usher", usher)).toEqual({
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
    "io.chatgemma.model.digest": first.digest,
    "org.opencontainers.image.title": "gemma3n:e4b on Ollama",
    "org.opencontainers.image.description": "Ollama with gemma3n:e4b inside",
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
    const unknown = { ...contents, models: [{ ...first, license: null }] };
    const other = imageIdentity(unknown);
    expect(imageLabels(unknown)).toEqual({
      ...labels,
      "io.chatgemma.identity": other,
      "org.opencontainers.image.version": other.slice(7, 19),
    });
  });

  it("name every model, and each licence once", () => {
    const third = { ...second, name: "gemma3n:e2b", license: "LicenseRef-Gemma" };
    const unknown = { ...second, name: "someone/small:1b", license: null };
    const several = { ...contents, models: [first, second, third, unknown] };
    const whole = imageIdentity(several);
    expect(imageLabels(several)).toEqual({
      ...labels,
      "io.chatgemma.identity": whole,
      "io.chatgemma.model": "gemma3n:e4b bge-m3:567m gemma3n:e2b someone/small:1b",
      "io.chatgemma.model.digest": `${first.digest} ${second.digest} ${second.digest} ${second.digest}`,
      "org.opencontainers.image.title": "gemma3n:e4b, bge-m3:567m, gemma3n:e2b, someone/small:1b on Ollama",
      "org.opencontainers.image.description":
        "Ollama with gemma3n:e4b, bge-m3:567m, gemma3n:e2b, someone/small:1b inside",
      "org.opencontainers.image.version": whole.slice(7, 19),
      "org.opencontainers.image.licenses": "LicenseRef-Gemma AND MIT",
    });
  });

  it("have the identity where the engine is asked for it", () => {
    expect(identityLabel).toBe("io.chatgemma.identity");
  });
});
