import { describe, expect, it } from "vitest";
import { BaseImage } from "../../../components/base-image.ts";
import { EmbeddedImage, type EmbeddedImageArgs } from "../../../components/embedded-image.ts";
import { ModelStore } from "../../../components/model-store.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { UsherImage } from "../../../components/usher-image.ts";
import { bundledVersion } from "../../../components/bundled-version.ts";
import { imageIdentity, usherImageName, type EmbeddedModel, type ImageContents } from "../../../docker/identity.ts";
import { declare, only, valueOf } from "../support/pulumi-mocks.ts";
import { failureOf } from "../support/temp-folder.ts";

const digest = `sha256:${"1".repeat(64)}`;

const embedded: EmbeddedImageArgs = {
  baseImage: "ollama/ollama:0.33.3",
  models: [{ name: "gemma3n:e4b", digest, license: { spdx: "LicenseRef-Gemma", notice: "Gemma is provided" } }],
};

const gemma: EmbeddedModel = {
  name: "gemma3n:e4b",
  digest,
  license: "LicenseRef-Gemma",
  notice: "Gemma is provided",
  contextLength: null,
};
const contents: ImageContents = { baseImage: "ollama/ollama:0.33.3", models: [gemma] };

function tagOf(change: Partial<ImageContents> = {}): string {
  return imageIdentity({ ...contents, ...change }).slice(7, 19);
}

describe("BaseImage", () => {
  it("has the image pulled, asks for it, and keeps it on destroy", async () => {
    const { resources } = await declare(
      (options) => new BaseImage("ollama", { image: "ollama/ollama:0.33.3" }, options),
    );
    expect(resources).toEqual([
      { type: "gemma:index:BaseImage", name: "ollama", inputs: {} },
      {
        type: "command:local:Command",
        name: "ollama-pull",
        inputs: {
          create: "node --use-system-ca --use-env-proxy commands/pull-image.ts",
          stdin: '{"image":"ollama/ollama:0.33.3"}',
          environment: codeEnvironment("pull-image.ts"),
          logging: "stdoutAndStderr",
        },
      },
      {
        type: "docker:index/remoteImage:RemoteImage",
        name: "ollama-image",
        inputs: { name: "ollama/ollama:0.33.3", keepLocally: true },
      },
    ]);
  });

  it("asks for the image after it was pulled", async () => {
    const { options } = await declare((opts) => new BaseImage("ollama", { image: "ollama/ollama:0.33.3" }, opts));
    expect(options["docker:index/remoteImage:RemoteImage ollama-image"]).toEqual({
      dependsOn: ["Command"],
      parent: "BaseImage",
    });
  });

  it("gives the image's ID, and the image as it was asked for", async () => {
    const { result } = await declare((options) => new BaseImage("ollama", { image: "ollama/ollama:0.33.3" }, options));
    expect([await valueOf(result.imageId), await valueOf(result.identity)]).toEqual([
      "sha256:base",
      "ollama/ollama:0.33.3",
    ]);
  });
});

describe("EmbeddedImage", () => {
  it("has the image built from exactly these contents, under a name that carries their identity", async () => {
    const { resources } = await declare((options) => new EmbeddedImage("ollama", embedded, options));
    const { name, inputs } = only(resources, "command:local:Command");
    expect([name, inputs["create"]]).toEqual([
      "ollama-build",
      "node --use-system-ca --use-env-proxy commands/build-image.ts",
    ]);
    expect(JSON.parse(inputs["stdin"] as string)).toEqual({
      image: `localhost/gemma/gemma3n:e4b-${tagOf()}`,
      ...contents,
    });
  });

  it("sends null for an unknown licence", async () => {
    const args = { ...embedded, models: [{ name: "gemma3n:e4b", digest }] };
    const { resources } = await declare((options) => new EmbeddedImage("ollama", args, options));
    const unknown = { models: [{ ...gemma, license: null, notice: null }] };
    expect(JSON.parse(only(resources, "command:local:Command").inputs["stdin"] as string)).toEqual({
      image: `localhost/gemma/gemma3n:e4b-${tagOf(unknown)}`,
      ...contents,
      ...unknown,
    });
  });

  it("sends several models in their order, with a context of their own", async () => {
    const other = { name: "bge-m3:567m", digest: `sha256:${"2".repeat(64)}`, contextLength: 2048 };
    const args = { ...embedded, models: [other, ...embedded.models] };
    const { resources } = await declare((options) => new EmbeddedImage("ollama", args, options));
    const models = [{ ...other, license: null, notice: null }, gemma];
    expect(JSON.parse(only(resources, "command:local:Command").inputs["stdin"] as string)).toEqual({
      image: `localhost/gemma/bge-m3:567m-${tagOf({ models })}`,
      baseImage: "ollama/ollama:0.33.3",
      models,
    });
  });

  it("gives what the build prints as ID, and the image's name as identity", async () => {
    const { result } = await declare((options) => new EmbeddedImage("ollama", embedded, options));
    expect([await valueOf(result.imageId), await valueOf(result.identity)]).toEqual([
      "stdout-1",
      `localhost/gemma/gemma3n:e4b-${tagOf()}`,
    ]);
  });

  it("refuses a model without a digest", async () => {
    const args = { ...embedded, models: [{ name: "gemma3n:e4b", digest: undefined }] };
    const declared = declare((options) => new EmbeddedImage("ollama", args, options));
    expect(await failureOf(declared)).toBe(
      "gemma3n:e4b has no digest to embed it by; write one into its entry of models",
    );
  });
});

describe("UsherImage", () => {
  const baseImage = `node:24.21.0-slim@${digest}`;
  const code = bundledVersion("usher");
  const image = usherImageName({ image: baseImage, code });
  const declareImage = () => declare((options) => new UsherImage("usher", { baseImage }, options));

  it("has the image built from its base and the usher's code, and not again for another version of what builds it", async () => {
    const { resources } = await declareImage();
    expect(resources).toEqual([
      { type: "gemma:index:UsherImage", name: "usher", inputs: {} },
      {
        type: "command:local:Command",
        name: "usher-build",
        inputs: {
          create: "node --use-system-ca --use-env-proxy commands/build-usher.ts",
          stdin: JSON.stringify({ image, baseImage, code }),
          logging: "stdoutAndStderr",
        },
      },
    ]);
  });

  it("gives what the build prints as ID, and the image's name as identity", async () => {
    const { result } = await declareImage();
    expect([await valueOf(result.imageId), await valueOf(result.identity)]).toEqual(["stdout-1", image]);
  });
});

describe("ModelStore", () => {
  const labels = { "io.chatgemma.stack": "gemma/dev" };
  const storeArgs = { name: "ollama-models", retainOnDelete: true, imageId: "sha256:image", labels, foreign: false };

  it("declares a volume by which it is known who made it, gives it to the server, and looks for models in it", async () => {
    const { resources } = await declare((options) => new ModelStore("models", storeArgs, options));
    expect(resources).toEqual([
      { type: "gemma:index:ModelStore", name: "models", inputs: {} },
      {
        type: "docker:index/volume:Volume",
        name: "models-volume",
        inputs: { name: "ollama-models", labels: [{ label: "io.chatgemma.stack", value: "gemma/dev" }] },
      },
      {
        type: "command:local:Command",
        name: "models-owner",
        inputs: {
          create: "node --use-system-ca --use-env-proxy commands/own-volume.ts",
          stdin: '{"volume":"ollama-models","image":"sha256:image","userId":10001}',
          environment: codeEnvironment("own-volume.ts"),
          logging: "stdoutAndStderr",
        },
      },
      {
        type: "command:local:Command",
        name: "models-taken-over",
        inputs: {
          create: "node --use-system-ca --use-env-proxy commands/take-over-models.ts",
          stdin: '{"volume":"ollama-models","image":"sha256:image","userId":10001}',
          environment: codeEnvironment("take-over-models.ts"),
          logging: "stdoutAndStderr",
        },
      },
    ]);
  });

  it("gives the volume's name, which a preview knows also when its owner is looked at again", async () => {
    const { result } = await declare((options) => new ModelStore("models", storeArgs, options));
    expect(await valueOf(result.name)).toBe("ollama-models");
  });

  it.each([
    [{}, true],
    [{ retainOnDelete: true }, true],
    [{ retainOnDelete: false }, false],
    [{ retainOnDelete: false, foreign: true }, true],
  ])("with %j keeps the volume on destroy: %s", async (args, retainOnDelete) => {
    const { options } = await declare((opts) => new ModelStore("models", { ...storeArgs, ...args }, opts));
    expect(options["docker:index/volume:Volume models-volume"]).toEqual({ retainOnDelete, parent: "ModelStore" });
  });
});
