import { createHash } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { ownParameters } from "../../../docker/model-parameters.ts";
import { parseManifest } from "../../../ollama/manifest.ts";
import type { StagedModel } from "../../../ollama/staged-store.ts";
import { secondModel, testModel } from "../support/model.ts";
import { stagedModels } from "../support/staged-model.ts";

let first: StagedModel;
let second: StagedModel;

beforeEach(async () => {
  [first, second] = await stagedModels();
});
const own = (staged: StagedModel, contextLength: number | null) =>
  ownParameters({ staged, embedded: { notice: "Gemma is provided", contextLength } });

const hex = (text: string) => createHash("sha256").update(text).digest("hex");
const mediaType = "application/vnd.ollama.image.params";
const folder = "models/manifests/registry.ollama.ai";

describe("the parameters of a model's own", () => {
  it("are none where the server's context is right", async () => {
    expect([await own(first, null), await own(second, null)]).toEqual([[], []]);
  });

  it("are a layer more of a model that had none, which is as it was under its second name", async () => {
    const text = '{"num_ctx":2048}';
    const { config, weights, license } = testModel;
    const layers = [weights, license, { mediaType, digest: `sha256:${hex(text)}`, size: 16 }];
    expect(await own(first, 2048)).toEqual([
      { path: `${folder}/library/gemma3n/e4b`, text: JSON.stringify({ schemaVersion: 2, config, layers }) },
      { path: `${folder}/pinned/gemma3n/e4b`, text: testModel.text },
      { path: `models/blobs/sha256-${hex(text)}`, text },
    ]);
  });

  it("stand in the place of its own layer with what that has else", async () => {
    const text = '{"temperature":1,"num_ctx":2048}';
    const { config, weights, license } = secondModel;
    const layers = [weights, license, { mediaType, digest: `sha256:${hex(text)}`, size: 32 }];
    expect(await own(second, 2048)).toEqual([
      { path: `${folder}/library/embeddinggemma/300m`, text: JSON.stringify({ schemaVersion: 2, config, layers }) },
      { path: `${folder}/pinned/embeddinggemma/300m`, text: secondModel.text },
      { path: `models/blobs/sha256-${hex(text)}`, text },
    ]);
  });

  it("keep everything else that a manifest says, also of its layers", async () => {
    const { config, weights, parameters } = secondModel;
    const more = { ...weights, from: "/models/blobs/sha256-0" };
    const written = { mediaType: "manifest", config, layers: [parameters, more], annotations: { by: "someone" } };
    const manifest = parseManifest(JSON.stringify(written), "test");
    const [derived] = await own({ ...second, manifest }, 512);
    const text = '{"temperature":1,"num_ctx":512}';
    const layer = { mediaType, digest: `sha256:${hex(text)}`, size: 31 };
    expect(JSON.parse(derived?.text ?? "")).toEqual({ ...written, layers: [more, layer] });
  });

  it("of a model in a namespace have that in its second name", async () => {
    const files = await own({ ...first, model: "Some_one/Gemma.2:Q4_K_M" }, 2048);
    expect(files.slice(0, 2).map(({ path }) => path)).toEqual([
      `${folder}/Some_one/Gemma.2/Q4_K_M`,
      `${folder}/pinned/Some_one-Gemma.2/Q4_K_M`,
    ]);
  });
});
