import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ownParameters, type StagedForImage } from "../../../docker/model-parameters.ts";
import { forImage, noticesLayer, noticesOf } from "../../../docker/notices-layer.ts";
import { parseManifest } from "../../../ollama/manifest.ts";
import type { StagedModel } from "../../../ollama/staged-store.ts";
import { sha256 } from "../../../support/hashing.ts";
import { contentOf, secondModel, testModel } from "../support/model.ts";
import { stagedModel, stagedModels } from "../support/staged-model.ts";
import { entriesOf, filesOf, listed, unlike } from "./archives.ts";

const { name: model, config, weights, license } = testModel;

/** The staged model with another manifest. */
async function staged(manifest?: object): Promise<StagedModel> {
  const found = await stagedModel();
  return { model, ...found, ...(manifest && { manifest: parseManifest(JSON.stringify(manifest), "test") }) };
}

/** It as it is in an image. */
async function embedded(notice: string | null, manifest?: object, contextLength: number | null = null) {
  return { staged: await staged(manifest), embedded: { notice, contextLength } };
}

/** The two test models as they are in an image, the second with a context of its own. */
async function both(): Promise<readonly StagedForImage[]> {
  const [first, second] = await stagedModels();
  return [
    { staged: first, embedded: { notice: "Gemma is provided", contextLength: null } },
    { staged: second, embedded: { notice: "Gemma is given", contextLength: 2048 } },
  ];
}

describe("forImage", () => {
  const embedding = { notice: "One", contextLength: 1 };

  it("pairs the staged models with what an image's contents say of them, in their order", async () => {
    const [first, second] = await stagedModels();
    const other = { notice: null, contextLength: 2 };
    expect(forImage([first, second], [embedding, other])).toEqual([
      { staged: first, embedded: embedding },
      { staged: second, embedded: other },
    ]);
  });
});

describe("noticesOf", () => {
  it("has the licence texts of the model in a folder of its own, and the notice", async () => {
    expect(await noticesOf([await embedded("Gemma is provided")])).toEqual({
      "gemma3n/e4b/LICENSE": "Terms of use\n",
      "gemma3n/e4b/NOTICE": "Gemma is provided\n",
    });
  });

  it("numbers further licences and leaves out a notice that there is none of", async () => {
    const second = { ...config, mediaType: license.mediaType };
    const third = { ...weights, mediaType: license.mediaType };
    const other = { ...config, digest: sha256("other"), mediaType: "application/vnd.ollama.image.template" };
    expect(await noticesOf([await embedded(null, { config: other, layers: [license, second, third] })])).toEqual({
      "gemma3n/e4b/LICENSE": "Terms of use\n",
      "gemma3n/e4b/LICENSE.2": contentOf(config).toString(),
      "gemma3n/e4b/LICENSE.3": contentOf(weights).toString(),
    });
  });

  it("is empty for a model without either", async () => {
    expect(await noticesOf([await embedded(null, { config })])).toEqual({});
  });

  it("has a folder for each of two models, also of a licence that both have", async () => {
    expect(await noticesOf(await both())).toEqual({
      "gemma3n/e4b/LICENSE": "Terms of use\n",
      "gemma3n/e4b/NOTICE": "Gemma is provided\n",
      "embeddinggemma/300m/LICENSE": "Terms of use\n",
      "embeddinggemma/300m/NOTICE": "Gemma is given\n",
    });
  });

  it("names the folder of a model in a namespace after that too", async () => {
    const { embedded: own, staged: found } = await embedded(null);
    expect(await noticesOf([{ staged: { ...found, model: "Some_one/Gemma.2:Q4_K_M" }, embedded: own }])).toEqual({
      "Some_one/Gemma.2/Q4_K_M/LICENSE": "Terms of use\n",
    });
  });
});

describe("noticesLayer", () => {
  const layer = async () => noticesLayer([await embedded("Notice ©")]);

  it("has the folders before the files, in the order of the notices", async () => {
    expect(listed(await entriesOf(await layer()))).toEqual([
      "directory licenses",
      "directory licenses/gemma3n",
      "directory licenses/gemma3n/e4b",
      "file licenses/gemma3n/e4b/LICENSE",
      "file licenses/gemma3n/e4b/NOTICE",
    ]);
  });

  it("has every text as it is", async () => {
    expect(filesOf(await entriesOf(await layer()))).toEqual({
      "licenses/gemma3n/e4b/LICENSE": "Terms of use\n",
      "licenses/gemma3n/e4b/NOTICE": "Notice ©\n",
    });
  });

  it("gives every entry time 0, root as owner, and mode 755 for folders and 644 for files", async () => {
    expect(unlike(await entriesOf(await layer()))).toEqual([]);
    expect(unlike(await entriesOf(await noticesLayer(await both())))).toEqual([]);
  });

  it("has the folder also when there are no notices", async () => {
    const bare = await noticesLayer([await embedded(null, { config })]);
    expect(listed(await entriesOf(bare))).toEqual(["directory licenses"]);
    expect(listed(await entriesOf(await noticesLayer([])))).toEqual(["directory licenses"]);
  });

  it("has the notices of two models, and the parameters that one has of its own", async () => {
    const models = await both();
    const entries = await entriesOf(await noticesLayer(models));
    const manifests = "models/manifests/registry.ollama.ai";
    const text = '{"temperature":1,"num_ctx":2048}';
    const blob = `models/blobs/sha256-${createHash("sha256").update(text).digest("hex")}`;
    expect(listed(entries).filter((entry) => entry.startsWith("file"))).toEqual([
      "file licenses/gemma3n/e4b/LICENSE",
      "file licenses/gemma3n/e4b/NOTICE",
      "file licenses/embeddinggemma/300m/LICENSE",
      "file licenses/embeddinggemma/300m/NOTICE",
      `file ${manifests}/library/embeddinggemma/300m`,
      `file ${manifests}/pinned/embeddinggemma/300m`,
      `file ${blob}`,
    ]);
    const folders = listed(entries).filter((entry) => entry.startsWith("directory"));
    expect(folders.toSorted()).toEqual([
      "directory licenses",
      "directory licenses/embeddinggemma",
      "directory licenses/embeddinggemma/300m",
      "directory licenses/gemma3n",
      "directory licenses/gemma3n/e4b",
      "directory models",
      "directory models/blobs",
      "directory models/manifests",
      "directory models/manifests/registry.ollama.ai",
      "directory models/manifests/registry.ollama.ai/library",
      "directory models/manifests/registry.ollama.ai/library/embeddinggemma",
      "directory models/manifests/registry.ollama.ai/pinned",
      "directory models/manifests/registry.ollama.ai/pinned/embeddinggemma",
    ]);
    const files = filesOf(entries);
    const [derived] = await ownParameters(models[1] ?? (await embedded(null)));
    expect(files[`${manifests}/library/embeddinggemma/300m`]).toBe(derived?.text);
    expect(files[`${manifests}/pinned/embeddinggemma/300m`]).toBe(secondModel.text);
    expect(files[blob]).toBe(text);
  });

  it("has these bytes, so that no update of the program moves the texts to another layer", async () => {
    expect(sha256(await layer())).toBe("sha256:f5d0d02ca0a279adf9b6d9963e4dedb16d1d0ab9151987948412fc4600fd51a1");
  });
});
