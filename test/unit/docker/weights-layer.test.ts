import { chmodSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stagedLayers, weightsLayer, type StagedLayer } from "../../../docker/weights-layer.ts";
import { type StagedModel } from "../../../ollama/staged-store.ts";
import { Failure } from "../../../support/failure.ts";
import { parseManifest } from "../../../ollama/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";
import { MiB } from "../../../support/units.ts";
import { contentOf, secondModel, testModel } from "../support/model.ts";
import { stagedModel, stagedModels, stagedWithZeros } from "../support/staged-model.ts";
import { failureOf } from "../support/temp-folder.ts";
import { bytesOf, entriesOf, filesOf, leaksOf, listed, unlike } from "./archives.ts";

const { name: model, config, weights, license, text } = testModel;
const models = "models";
const manifestFolder = `${models}/manifests/registry.ollama.ai/library/gemma3n`;
const blobEntry = (digest: string) => `${models}/blobs/${digest.replace(":", "-")}`;

const staged = async (): Promise<StagedModel> => ({ model, ...(await stagedModel()) });
/** The layer of a model that is alone in its image. */
const alone = (of: StagedModel): StagedLayer => ({ staged: of, own: of.manifest.blobs });
const entries = async (of: StagedModel) => entriesOf(await bytesOf(weightsLayer(alone(of))));

describe("weightsLayer", () => {
  it("has every folder before its files, the manifest, and the blobs in the manifest's order", async () => {
    expect(listed(await entries(await staged()))).toEqual([
      `directory ${models}`,
      `directory ${models}/blobs`,
      `directory ${models}/manifests`,
      `directory ${models}/manifests/registry.ollama.ai`,
      `directory ${models}/manifests/registry.ollama.ai/library`,
      `directory ${manifestFolder}`,
      `file ${manifestFolder}/e4b`,
      `file ${blobEntry(config.digest)}`,
      `file ${blobEntry(weights.digest)}`,
      `file ${blobEntry(license.digest)}`,
    ]);
  });

  it("gives every entry time 0, root as owner, and mode 755 for folders and 644 for files", async () => {
    expect(unlike(await entries(await staged()))).toEqual([]);
  });

  it("has every content as it is", async () => {
    const files = (await entries(await staged())).filter(({ type }) => type === "file");
    expect(Object.fromEntries(files.map(({ name, content }) => [name, content]))).toEqual({
      [`${manifestFolder}/e4b`]: Buffer.from(text),
      [blobEntry(config.digest)]: contentOf(config),
      [blobEntry(weights.digest)]: contentOf(weights),
      [blobEntry(license.digest)]: contentOf(license),
    });
  });

  it("has the model of a namespace where Ollama looks for it", async () => {
    const files = filesOf(await entries({ ...(await staged()), model: "Some_one/Gemma.2:Q4_K_M" }));
    expect(Object.keys(files)[0]).toBe(`${models}/manifests/registry.ollama.ai/Some_one/Gemma.2/Q4_K_M`);
  });

  it("has nothing else of the store, neither another model nor a key", async () => {
    const [one, other] = [await staged(), await staged()];
    writeFileSync(join(other.store.folder, "id_ed25519"), "key");
    writeFileSync(other.store.blob(sha256("other")), "other");
    await other.store.writeManifest("gemma3n:e2b", parseManifest(JSON.stringify({ config }), "test"));
    expect(listed(await entries(other))).toEqual(listed(await entries(one)));
  });

  it("has the same bytes whenever and from wherever it is made", async () => {
    const [one, other] = [await staged(), await staged()];
    expect(one.store.folder).not.toBe(other.store.folder);
    utimesSync(other.store.blob(weights.digest), 1, 1);
    chmodSync(other.store.blob(weights.digest), 0o600);
    const [first, second] = [await bytesOf(weightsLayer(alone(one))), await bytesOf(weightsLayer(alone(other)))];
    expect(first.equals(second)).toBe(true);
    expect(first.length).toBeGreaterThan(10_000);
  });

  it("has the bytes that it always had, so that no update moves the weights to another layer", async () => {
    expect(sha256(await bytesOf(weightsLayer(alone(await staged()))))).toBe(
      "sha256:b04b3d78c42d345f90aa5bc7b6549134fe78e7fea4e8bf7bd1b5a25149832881",
    );
  });

  it("passes on large blobs byte by byte", async () => {
    const { large } = await withLargeBlob();
    const { content } = (await entries(large)).at(-1) ?? {};
    expect(content?.equals(largeContent)).toBe(true);
  });
});

const largeContent = Buffer.from(Uint32Array.from({ length: 1_500_000 }, (_, index) => index).buffer);

/** A staged model with a blob of several megabytes as its last one. */
async function withLargeBlob() {
  const { store } = await stagedModel();
  const blob = { mediaType: weights.mediaType, digest: sha256(largeContent), size: largeContent.length };
  writeFileSync(store.blob(blob.digest), largeContent);
  const manifest = parseManifest(JSON.stringify({ config, layers: [license, blob] }), "test");
  return { blob, large: { model, manifest, store } satisfies StagedModel };
}

const flipped = Buffer.from(contentOf(weights)).fill(255, 100, 101);
const longer = Buffer.concat([contentOf(weights), Buffer.from("x")]);

/** The layer of the second of two models, and what it has without the first below it. */
function secondOf(both: readonly [StagedModel, StagedModel]): { second: StagedLayer; without: StagedLayer } {
  const [, second] = stagedLayers(both);
  if (second === undefined) throw new Error("There is no second layer");
  return { second, without: alone(both[1]) };
}

describe("weightsLayer of the second of two models", () => {
  it("has its manifest and its blobs but for the large ones that the first has", async () => {
    const both = await stagedWithZeros(MiB);
    const { second } = secondOf(both);
    const all = await entriesOf(await bytesOf(weightsLayer(second)));
    expect(filesOf(all)).toEqual({
      [`${models}/manifests/registry.ollama.ai/library/embeddinggemma/300m`]: both[1].manifest.text,
      [blobEntry(secondModel.config.digest)]: contentOf(secondModel.config).toString(),
      [blobEntry(secondModel.weights.digest)]: contentOf(secondModel.weights).toString(),
      [blobEntry(license.digest)]: contentOf(license).toString(),
      [blobEntry(secondModel.parameters.digest)]: contentOf(secondModel.parameters).toString(),
    });
    expect(listed(all).filter((entry) => entry.startsWith("directory"))).toEqual([
      `directory ${models}`,
      `directory ${models}/blobs`,
      `directory ${models}/manifests`,
      `directory ${models}/manifests/registry.ollama.ai`,
      `directory ${models}/manifests/registry.ollama.ai/library`,
      `directory ${models}/manifests/registry.ollama.ai/library/embeddinggemma`,
    ]);
    expect(unlike(all)).toEqual([]);
  });

  it.each([
    ["the same bytes as without the first, though they have a licence in common", stagedModels, true],
    ["the same where both have a blob of a byte less than 1 MiB", () => stagedWithZeros(1_048_575), true],
    ["others where both have one of 1 MiB", () => stagedWithZeros(1_048_576), false],
  ])("has %s", async (_, staging, same) => {
    const { second, without } = secondOf(await staging());
    const [above, expected] = [await bytesOf(weightsLayer(second)), await bytesOf(weightsLayer(without))];
    expect(above.equals(expected)).toBe(same);
    // A header of 512 bytes goes with the blob.
    expect(expected.length - above.length).toBe(same ? 0 : 1_048_576 + 512);
  });

  it("leaves the bytes of the first as they are", async () => {
    const [first] = stagedLayers(await stagedModels());
    if (first === undefined) throw new Error("There is no first layer");
    const expected = await bytesOf(weightsLayer(alone(await staged())));
    expect((await bytesOf(weightsLayer(first))).equals(expected)).toBe(true);
  });

  it.each([
    ["missing", undefined, (folder: string) => `is missing in ${folder}`],
    [
      "damaged",
      Buffer.alloc(3000),
      (folder: string) => `in ${folder} is damaged: its content has the digest ${sha256(Buffer.alloc(3000))}`,
    ],
  ])("fails at a %s blob with the second one's name", async (_, content, rest) => {
    const both = await stagedModels();
    const { store } = both[1];
    const { digest } = secondModel.weights;
    if (content === undefined) rmSync(store.blob(digest));
    else writeFileSync(store.blob(digest), content);
    const [first, second] = stagedLayers(both);
    if (first === undefined || second === undefined) throw new Error("There are not two layers");
    expect((await bytesOf(weightsLayer(first))).length).toBeGreaterThan(5000);
    expect(await failureOf(bytesOf(weightsLayer(second)))).toBe(
      `The blob ${digest} of embeddinggemma:300m ${rest(store.folder)}`,
    );
  });
});

describe("weightsLayer fails", () => {
  it.each([
    ["missing", undefined, (folder: string) => `is missing in ${folder}`],
    [
      "short",
      contentOf(weights).subarray(0, 4000),
      (folder: string) => `in ${folder} is damaged: it has 4000 of 5000 bytes`,
    ],
    ["long", longer, (folder: string) => `in ${folder} is damaged: it has 5001 of 5000 bytes`],
    ["damaged", flipped, (folder: string) => `in ${folder} is damaged: its content has the digest ${sha256(flipped)}`],
  ])("at a %s blob, and names it", async (_, content, rest) => {
    const broken = await staged();
    const file = broken.store.blob(weights.digest);
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    let caught: unknown;
    const leaks = await leaksOf(async () => {
      caught = await bytesOf(weightsLayer(alone(broken))).catch((error: unknown) => error);
    });
    expect(caught).toBeInstanceOf(Failure);
    expect((caught as Failure).message).toBe(`The blob ${weights.digest} of gemma3n:e4b ${rest(broken.store.folder)}`);
    expect(leaks).toEqual([]);
  });

  it("at a damaged blob of several megabytes, which only its end tells", async () => {
    const { blob, large } = await withLargeBlob();
    const damaged = Buffer.from(largeContent);
    damaged.writeUInt8(255, damaged.length - 1);
    writeFileSync(large.store.blob(blob.digest), damaged);
    let read = 0;
    let caught: unknown;
    try {
      for await (const chunk of weightsLayer(alone(large))) read += chunk.length;
    } catch (error) {
      caught = error;
    }
    expect((caught as Error).message).toBe(
      `The blob ${blob.digest} of gemma3n:e4b in ${large.store.folder} is damaged: its content has the digest ${sha256(damaged)}`,
    );
    expect(read).toBeGreaterThan(5_000_000);
  });
});

describe("a reader of weightsLayer that stops early", () => {
  it("leaves no error behind", async () => {
    const { large } = await withLargeBlob();
    let read = 0;
    const leaks = await leaksOf(async () => {
      for await (const chunk of weightsLayer(alone(large))) {
        read += chunk.length;
        if (read > 1_000_000) break;
      }
    });
    expect(read).toBeLessThan(largeContent.length);
    expect(leaks).toEqual([]);
  });
});
