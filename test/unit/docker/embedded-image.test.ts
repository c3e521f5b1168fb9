import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { embeddedConfig, embeddedParts } from "../../../docker/embedded-image.ts";
import { imageLabels, type EmbeddedModel, type ImageContents } from "../../../docker/identity.ts";
import { joinedConfig } from "../../../docker/image-config.ts";
import { noticesLayer } from "../../../docker/notices-layer.ts";
import { stagedLayers, weightsLayer } from "../../../docker/weights-layer.ts";
import type { StagedModel } from "../../../ollama/staged-store.ts";
import { sha256 } from "../../../support/hashing.ts";
import { secondModel, testModel } from "../support/model.ts";
import { stagedModel, stagedModels } from "../support/staged-model.ts";
import { failureOf } from "../support/temp-folder.ts";
import { bytesOf, entriesOf, filesOf } from "./archives.ts";

const { name, digest, weights } = testModel;
const embedded: EmbeddedModel = {
  name,
  digest,
  license: "LicenseRef-Gemma",
  notice: "Gemma is provided",
  contextLength: null,
};
const contents: ImageContents = { baseImage: `ollama/ollama@sha256:${"b".repeat(64)}`, models: [embedded] };
const unnoticed: ImageContents = { ...contents, models: [{ ...embedded, notice: null }] };
const both: ImageContents = {
  ...contents,
  models: [embedded, { ...embedded, name: secondModel.name, digest: secondModel.digest, contextLength: 2048 }],
};
const created = "2026-07-15T20:15:00Z";
const base = { created, rootfs: { type: "layers", diff_ids: ["sha256:base"] } };

const staged = async (): Promise<StagedModel[]> => [{ model: name, ...(await stagedModel()) }];
const none = () => undefined;

/** The layer of one model alone. */
const layerOf = async (models: readonly StagedModel[]): Promise<Buffer> => {
  const [layer] = stagedLayers(models);
  if (layer === undefined) throw new Error("There is no model");
  return bytesOf(weightsLayer(layer));
};

describe("embeddedParts", () => {
  it("has digest and size of the layer with the weights, which can be read more than once", async () => {
    const from = await staged();
    const expected = await layerOf(from);
    const parts = await embeddedParts(contents, from, none);
    expect(parts.weights.map((layer) => [layer.digest, layer.size])).toEqual([[sha256(expected), expected.length]]);
    for (const layer of [...parts.weights, ...parts.weights])
      expect((await bytesOf(layer.open())).equals(expected)).toBe(true);
  });

  it("has the layer with the notices, its digest and its size", async () => {
    const { notices } = await embeddedParts(contents, await staged(), none);
    expect(filesOf(await entriesOf(notices.content))).toEqual({
      "licenses/gemma3n/e4b/LICENSE": "Terms of use\n",
      "licenses/gemma3n/e4b/NOTICE": "Gemma is provided\n",
    });
    expect([notices.digest, notices.size]).toEqual([sha256(notices.content), notices.content.length]);
  });

  it("has no notice in it when there is none", async () => {
    const { notices } = await embeddedParts(unnoticed, await staged(), none);
    expect(filesOf(await entriesOf(notices.content))).toEqual({ "licenses/gemma3n/e4b/LICENSE": "Terms of use\n" });
  });

  it("puts the weights below the base, the notices above it, and the labels on it", async () => {
    const { weights: below, notices, configOn } = await embeddedParts(contents, await staged(), none);
    const what = { below: "weights of gemma3n:e4b", above: "licence texts, notices and own parameters" };
    expect(configOn(base)).toBe(
      joinedConfig(base, {
        below: below.map((layer) => ({ digest: layer.digest, what: what.below })),
        above: [{ digest: notices.digest, what: what.above }],
        labels: imageLabels(contents),
      }),
    );
  });

  it("gives the same ID from two folders, and with another notice the same weights in another image", async () => {
    const another: ImageContents = { ...contents, models: [{ ...embedded, notice: "Another" }] };
    const [one, other, noted] = await Promise.all([
      embeddedParts(contents, await staged(), none),
      embeddedParts(contents, await staged(), none),
      embeddedParts(another, await staged(), none),
    ]);
    expect(other.configOn(base)).toBe(one.configOn(base));
    expect(noted.weights.map((layer) => layer.digest)).toEqual(one.weights.map((layer) => layer.digest));
    expect(noted.notices.digest).not.toBe(one.notices.digest);
    expect(noted.configOn(base)).not.toBe(one.configOn(base));
  });

  it("reports every byte of the layers with weights, once", async () => {
    let reported = 0;
    const parts = await embeddedParts(both, await stagedModels(), (bytes) => {
      reported += bytes;
    });
    expect(parts.weights).toHaveLength(2);
    expect(reported).toBe(parts.weights.reduce((sum, { size }) => sum + size, 0));
  });

  it("fails at a blob that is missing", async () => {
    const { store, manifest } = await stagedModel();
    const from = [{ model: name, store, manifest }];
    rmSync(store.blob(weights.digest));
    expect(await failureOf(embeddedParts(contents, from, none))).toBe(
      `The blob ${weights.digest} of gemma3n:e4b is missing in ${store.folder}`,
    );
  });

  it("fails at a licence that is damaged, before it becomes a notice", async () => {
    const { store, manifest } = await stagedModel();
    const from = [{ model: name, store, manifest }];
    const { license } = testModel;
    writeFileSync(store.blob(license.digest), "Terms of USE\n");
    expect(await failureOf(embeddedParts(contents, from, none))).toBe(
      `The blob ${license.digest} of gemma3n:e4b in ${store.folder} is damaged: ` +
        `its content has the digest ${sha256("Terms of USE\n")}`,
    );
  });
});

describe("embeddedParts of two models", () => {
  it("have a layer for each in their order, the first as it is alone", async () => {
    const from = await stagedModels();
    const expected = await Promise.all(stagedLayers(from).map(async (layer) => bytesOf(weightsLayer(layer))));
    const parts = await embeddedParts(both, from, none);
    expect(parts.weights.map((layer) => [layer.digest, layer.size])).toEqual(
      expected.map((bytes) => [sha256(bytes), bytes.length]),
    );
    const alone = await embeddedParts(contents, await staged(), none);
    expect(parts.weights[0]?.digest).toBe(alone.weights[0]?.digest);
    for (const [index, layer] of parts.weights.entries())
      expect((await bytesOf(layer.open())).equals(expected[index] ?? Buffer.of())).toBe(true);
  });

  it("have the notices of both and the parameters of the second in the layer above", async () => {
    const from = await stagedModels();
    const { notices } = await embeddedParts(both, from, none);
    const [first, second] = from;
    const expected = await noticesLayer([
      { staged: first, embedded },
      { staged: second, embedded: { notice: "Gemma is provided", contextLength: 2048 } },
    ]);
    expect(Buffer.from(notices.content).equals(expected)).toBe(true);
    expect(Object.keys(filesOf(await entriesOf(notices.content)))).toHaveLength(2 * 2 + 3);
  });

  it("fail at a damaged blob of the second with its name", async () => {
    const from = await stagedModels();
    const { store } = from[1];
    const damaged = Buffer.alloc(3000);
    writeFileSync(store.blob(secondModel.weights.digest), damaged);
    expect(await failureOf(embeddedParts(both, from, none))).toBe(
      `The blob ${secondModel.weights.digest} of embeddinggemma:300m in ${store.folder} is damaged: ` +
        `its content has the digest ${sha256(damaged)}`,
    );
  });
});

describe("the configuration of an image with two models", () => {
  const history = [{ created, created_by: "COPY" }];
  const config = JSON.parse(
    embeddedConfig({ ...base, history }, both, { weights: ["sha256:one", "sha256:two"], notices: "sha256:notices" }),
  ) as object;

  it("has their layers below the base's, the first lowest, and says what is in each", () => {
    expect(config).toEqual({
      created,
      config: { Labels: imageLabels(both) },
      rootfs: { type: "layers", diff_ids: ["sha256:one", "sha256:two", "sha256:base", "sha256:notices"] },
      history: [
        { created, created_by: "weights of gemma3n:e4b" },
        { created, created_by: "weights of embeddinggemma:300m" },
        ...history,
        { created, created_by: "licence texts, notices and own parameters" },
      ],
    });
  });
});
