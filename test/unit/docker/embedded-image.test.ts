import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { embeddedParts } from "../../../docker/embedded-image.ts";
import { imageLabels, type ImageContents } from "../../../docker/identity.ts";
import { assembledConfig } from "../../../docker/image-config.ts";
import { noticesLayer } from "../../../docker/notices-layer.ts";
import { weightsLayer } from "../../../docker/weights-layer.ts";
import { type StagedModel } from "../../../ollama/staged-store.ts";
import { sha256 } from "../../../support/hashing.ts";
import { testModel } from "../support/model.ts";
import { stagedModel } from "../support/staged-model.ts";
import { failureOf } from "../support/temp-folder.ts";
import { bytesOf, entriesOf, filesOf } from "./archives.ts";

const { name: model, digest, weights } = testModel;
const contents: ImageContents = {
  baseImage: `ollama/ollama@sha256:${"b".repeat(64)}`,
  model,
  digest,
  license: "LicenseRef-Gemma",
  notice: "Gemma is provided",
};
const base = { created: "2026-07-15T20:15:00Z", rootfs: { type: "layers", diff_ids: ["sha256:base"] } };

const staged = async (): Promise<StagedModel> => ({ model, ...(await stagedModel()) });
const none = () => undefined;

describe("embeddedParts", () => {
  it("has digest and size of the layer with the weights, which can be read more than once", async () => {
    const from = await staged();
    const expected = await bytesOf(weightsLayer(from));
    const parts = await embeddedParts(contents, from, none);
    expect([parts.weights.digest, parts.weights.size]).toEqual([sha256(expected), expected.length]);
    expect((await bytesOf(parts.weights.open())).equals(expected)).toBe(true);
    expect((await bytesOf(parts.weights.open())).equals(expected)).toBe(true);
  });

  it("has the layer with the notices, its digest and its size", async () => {
    const { notices } = await embeddedParts(contents, await staged(), none);
    expect(filesOf(await entriesOf(notices.content))).toEqual({
      "licenses/LICENSE": "Terms of use\n",
      "licenses/NOTICE": "Gemma is provided\n",
    });
    expect([notices.digest, notices.size]).toEqual([sha256(notices.content), notices.content.length]);
  });

  it("has no notice in it when there is none", async () => {
    const { notices } = await embeddedParts({ ...contents, notice: null }, await staged(), none);
    expect(Buffer.from(notices.content)).toEqual(Buffer.from(await noticesLayer({ LICENSE: "Terms of use\n" })));
  });

  it("puts the weights below the base, the notices above it, and the labels on it", async () => {
    const { weights: below, notices, configOn } = await embeddedParts(contents, await staged(), none);
    expect(configOn(base)).toBe(
      assembledConfig(base, { weights: below.digest, notices: notices.digest, labels: imageLabels(contents) }),
    );
  });

  it("gives the same ID from two folders, and with another notice the same weights in another image", async () => {
    const [one, other, noted] = await Promise.all([
      embeddedParts(contents, await staged(), none),
      embeddedParts(contents, await staged(), none),
      embeddedParts({ ...contents, notice: "Another" }, await staged(), none),
    ]);
    expect(other.configOn(base)).toBe(one.configOn(base));
    expect(noted.weights.digest).toBe(one.weights.digest);
    expect(noted.notices.digest).not.toBe(one.notices.digest);
    expect(noted.configOn(base)).not.toBe(one.configOn(base));
  });

  it("reports every byte of the layer with the weights, once", async () => {
    let reported = 0;
    const parts = await embeddedParts(contents, await staged(), (bytes) => {
      reported += bytes;
    });
    expect(reported).toBe(parts.weights.size);
  });

  it("fails at a blob that is missing", async () => {
    const from = await staged();
    rmSync(from.store.blob(weights.digest));
    expect(await failureOf(embeddedParts(contents, from, none))).toBe(
      `The blob ${weights.digest} is missing in ${from.store.folder}`,
    );
  });

  it("fails at a licence that is damaged, before it becomes a notice", async () => {
    const from = await staged();
    const { license } = testModel;
    writeFileSync(from.store.blob(license.digest), "Terms of USE\n");
    expect(await failureOf(embeddedParts(contents, from, none))).toBe(
      `The blob ${license.digest} in ${from.store.folder} is damaged: its content has the digest ${sha256("Terms of USE\n")}`,
    );
  });
});
