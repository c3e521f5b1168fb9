import { describe, expect, it } from "vitest";
import { noticesLayer, noticesOf } from "../../../docker/notices-layer.ts";
import type { StagedModel } from "../../../ollama/staged-store.ts";
import { parseManifest } from "../../../ollama/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";
import { contentOf, testModel } from "../support/model.ts";
import { stagedModel } from "../support/staged-model.ts";
import { entriesOf, filesOf, listed, unlike } from "./archives.ts";

const { name: model, config, weights, license } = testModel;

/** The staged model with another manifest. */
async function staged(manifest?: object): Promise<StagedModel> {
  const found = await stagedModel();
  return { model, ...found, ...(manifest && { manifest: parseManifest(JSON.stringify(manifest), "test") }) };
}

describe("noticesOf", () => {
  it("has the licence texts of the model, and the notice", async () => {
    expect(await noticesOf(await staged(), "Gemma is provided")).toEqual({
      LICENSE: "Terms of use\n",
      NOTICE: "Gemma is provided\n",
    });
  });

  it("numbers further licences and leaves out a notice that there is none of", async () => {
    const second = { ...config, mediaType: license.mediaType };
    const third = { ...weights, mediaType: license.mediaType };
    const other = { ...config, digest: sha256("other"), mediaType: "application/vnd.ollama.image.template" };
    expect(await noticesOf(await staged({ config: other, layers: [license, second, third] }), null)).toEqual({
      LICENSE: "Terms of use\n",
      "LICENSE.2": contentOf(config).toString(),
      "LICENSE.3": contentOf(weights).toString(),
    });
  });

  it("is empty for a model without either", async () => {
    expect(await noticesOf(await staged({ config }), null)).toEqual({});
  });
});

describe("noticesLayer", () => {
  const notices = { LICENSE: "Terms", NOTICE: "Notice ©\n" };

  it("has the folder before the files, in the order of the notices", async () => {
    expect(listed(await entriesOf(await noticesLayer(notices)))).toEqual([
      "directory licenses",
      "file licenses/LICENSE",
      "file licenses/NOTICE",
    ]);
  });

  it("has every text as it is", async () => {
    expect(filesOf(await entriesOf(await noticesLayer(notices)))).toEqual({
      "licenses/LICENSE": "Terms",
      "licenses/NOTICE": "Notice ©\n",
    });
  });

  it("gives every entry time 0, root as owner, and mode 755 for the folder and 644 for files", async () => {
    expect(unlike(await entriesOf(await noticesLayer(notices)))).toEqual([]);
  });

  it("has the folder also when there are no notices", async () => {
    expect(listed(await entriesOf(await noticesLayer({})))).toEqual(["directory licenses"]);
  });

  it("has the bytes that it always had", async () => {
    expect(sha256(await noticesLayer(notices))).toBe(
      "sha256:bb3c44c3adbbad9c9f8802fc1d7a7c83a8645ece834145ff0d631eb239a5bc8f",
    );
  });
});
