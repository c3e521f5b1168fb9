import { chmodSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { weightsLayer } from "../../../docker/weights-layer.ts";
import { type StagedModel } from "../../../ollama/staged-store.ts";
import { Failure } from "../../../support/failure.ts";
import { parseManifest } from "../../../ollama/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";
import { contentOf, testModel } from "../support/model.ts";
import { stagedModel } from "../support/staged-model.ts";
import { bytesOf, entriesOf, filesOf, leaksOf, listed, unlike } from "./archives.ts";

const { name: model, config, weights, license, text } = testModel;
const models = "models";
const manifestFolder = `${models}/manifests/registry.ollama.ai/library/gemma3n`;
const blobEntry = (digest: string) => `${models}/blobs/${digest.replace(":", "-")}`;

const staged = async (): Promise<StagedModel> => ({ model, ...(await stagedModel()) });
const entries = async (of: StagedModel) => entriesOf(await bytesOf(weightsLayer(of)));

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
    const [first, second] = [await bytesOf(weightsLayer(one)), await bytesOf(weightsLayer(other))];
    expect(first.equals(second)).toBe(true);
    expect(first.length).toBeGreaterThan(10_000);
  });

  it("has the bytes that it always had, so that no update moves the weights to another layer", async () => {
    expect(sha256(await bytesOf(weightsLayer(await staged())))).toBe(
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
      caught = await bytesOf(weightsLayer(broken)).catch((error: unknown) => error);
    });
    expect(caught).toBeInstanceOf(Failure);
    expect((caught as Failure).message).toBe(`The blob ${weights.digest} ${rest(broken.store.folder)}`);
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
      for await (const chunk of weightsLayer(large)) read += chunk.length;
    } catch (error) {
      caught = error;
    }
    expect((caught as Error).message).toBe(
      `The blob ${blob.digest} in ${large.store.folder} is damaged: its content has the digest ${sha256(damaged)}`,
    );
    expect(read).toBeGreaterThan(5_000_000);
  });
});

describe("a reader of weightsLayer that stops early", () => {
  it("leaves no error behind", async () => {
    const { large } = await withLargeBlob();
    let read = 0;
    const leaks = await leaksOf(async () => {
      for await (const chunk of weightsLayer(large)) {
        read += chunk.length;
        if (read > 1_000_000) break;
      }
    });
    expect(read).toBeLessThan(largeContent.length);
    expect(leaks).toEqual([]);
  });
});
