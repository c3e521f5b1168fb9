import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseManifest } from "../../../ollama/manifest.ts";
import { sha256 } from "../../../support/hashing.ts";
import { Registry } from "../../../ollama/registry.ts";
import { StagedStore } from "../../../ollama/staged-store.ts";
import { hashFile, sizeOf } from "../../../support/hashing.ts";
import { fakeRegistry, requestLines } from "../support/fake-registry.ts";
import type { Reply } from "../support/fake-server.ts";
import { contentOf, testModel } from "../support/model.ts";
import { writtenTo } from "../support/said.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

const { name, weights, text } = testModel;
const content = contentOf(weights);
const blobUrl = `/v2/library/gemma3n/blobs/${weights.digest}`;
const damaged = Buffer.from(content).fill(255, 100, 101);

interface Fetched {
  readonly failure: string | undefined;
  readonly requests: readonly string[];
  readonly skipped: number;
  readonly added: number;
  readonly url: string;
}

function emptyStore(): StagedStore {
  return new StagedStore(tempFolder());
}

function put(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

/** Fetches the weights into a store and tells all that can be seen of it. */
async function fetchInto(store: StagedStore, reply?: Reply): Promise<Fetched> {
  const server = await fakeRegistry(() => reply);
  const counts = { skipped: 0, added: 0 };
  const progress = {
    skip: (bytes: number) => void (counts.skipped += bytes),
    add: (bytes: number) => void (counts.added += bytes),
  };
  const fetching = store.fetch(new Registry(server.url), name, weights, progress).then(() => undefined);
  const failure = await fetching.catch(() => failureOf(fetching));
  return { failure, requests: requestLines(server), url: server.url, ...counts };
}

describe("StagedStore.fetch", () => {
  it("downloads a blob to its place and leaves nothing else", async () => {
    const store = emptyStore();
    expect(await fetchInto(store)).toMatchObject({
      failure: undefined,
      requests: [`GET ${blobUrl}`],
      skipped: 0,
      added: 5000,
    });
    expect(readFileSync(store.blob(weights.digest))).toEqual(content);
    expect(readdirSync(join(store.folder, "blobs"))).toEqual([weights.digest.replace(":", "-")]);
  });

  it("asks only for the bytes that a partial file lacks", async () => {
    const store = emptyStore();
    put(`${store.blob(weights.digest)}.partial`, content.subarray(0, 3000));
    expect(await fetchInto(store)).toMatchObject({
      failure: undefined,
      requests: [`GET ${blobUrl} bytes=3000-`],
      skipped: 3000,
      added: 2000,
    });
    expect(readFileSync(store.blob(weights.digest))).toEqual(content);
  });

  it("begins again when the registry cannot continue", async () => {
    const store = emptyStore();
    put(`${store.blob(weights.digest)}.partial`, damaged.subarray(0, 3000));
    expect(await fetchInto(store, { body: content })).toMatchObject({ failure: undefined, skipped: 0, added: 5000 });
    expect(readFileSync(store.blob(weights.digest))).toEqual(content);
  });

  it("does not fetch a complete blob again", async () => {
    const store = emptyStore();
    put(store.blob(weights.digest), content);
    expect(await fetchInto(store)).toMatchObject({ failure: undefined, requests: [], skipped: 5000, added: 0 });
  });

  it.each([
    ["damaged", damaged],
    ["truncated", content.subarray(0, 4999)],
    ["overlong", Buffer.concat([content, content])],
  ])("fetches a %s blob again", async (_, bytes) => {
    const store = emptyStore();
    put(store.blob(weights.digest), bytes);
    expect(await fetchInto(store)).toMatchObject({ failure: undefined, requests: [`GET ${blobUrl}`], added: 5000 });
    expect(readFileSync(store.blob(weights.digest))).toEqual(content);
  });

  it("downloads from the start when what an earlier run left is damaged", async () => {
    const store = emptyStore();
    put(`${store.blob(weights.digest)}.partial`, damaged.subarray(0, 3000));
    expect(await fetchInto(store)).toMatchObject({
      failure: undefined,
      requests: [`GET ${blobUrl} bytes=3000-`, `GET ${blobUrl}`],
      skipped: -2000,
      added: 7000,
    });
    expect(readFileSync(store.blob(weights.digest))).toEqual(content);
  });

  it("removes and names content that is wrong when the registry sends it", async () => {
    const store = emptyStore();
    const { failure, url } = await fetchInto(store, { body: damaged });
    expect(failure).toBe(
      `${url} sent the blob ${weights.digest} of gemma3n:e4b with the digest ${sha256(damaged)}; it was removed, run ` +
        "the command again",
    );
    expect(readdirSync(join(store.folder, "blobs"))).toEqual([]);
  });

  it("keeps what came before the connection was cut, and carries on from there", async () => {
    const store = emptyStore();
    const headers = { "content-length": "5000" };
    const { failure, url } = await fetchInto(store, { headers, body: content.subarray(0, 2500), cut: true });
    expect(failure).toMatch(
      new RegExp(
        `^Downloading gemma3n:e4b from ${url} stopped: .+; run the command again, it carries on where it stopped$`,
      ),
    );
    expect(existsSync(store.blob(weights.digest))).toBe(false);
    expect(await fetchInto(store)).toMatchObject({
      requests: [`GET ${blobUrl} bytes=2500-`],
      skipped: 2500,
      added: 2500,
    });
  });
});

describe("StagedStore.manifest", () => {
  it("is undefined for a model that is not staged", async () => {
    expect(await emptyStore().manifest(name)).toBeUndefined();
  });

  it("is what was written, byte for byte, and alone in its folder", async () => {
    const store = emptyStore();
    const manifest = parseManifest(text, "test");
    await store.writeManifest(name, manifest);
    expect(await store.manifest(name)).toEqual(manifest);
    expect(readdirSync(dirname(store.manifestFile(name)))).toEqual(["e4b"]);
  });

  it("lies where Ollama looks for it", () => {
    const store = new StagedStore("/staged");
    expect([store.manifestFile(name), store.blob("sha256:abc")]).toEqual([
      "/staged/manifests/registry.ollama.ai/library/gemma3n/e4b",
      "/staged/blobs/sha256-abc",
    ]);
  });

  it.each(["", "{", "\0\0"])("names the file that is no manifest and stages anew: %j", async (text) => {
    const store = emptyStore();
    const said = writtenTo("stderr");
    put(store.manifestFile(name), Buffer.from(text));
    expect(await store.manifest(name)).toBeUndefined();
    expect(said).toEqual([
      `${store.manifestFile(name)} is not a model manifest: it is not JSON; it counts as not staged\n`,
    ]);
  });
});

describe("files", () => {
  it("are hashed with all their bytes counted", async () => {
    const file = join(tempFolder(), "blob");
    put(file, content);
    const counted: number[] = [];
    expect(await hashFile(file, (bytes) => counted.push(bytes))).toBe(weights.digest);
    expect([counted.reduce((sum, bytes) => sum + bytes, 0), await sizeOf(file)]).toEqual([5000, 5000]);
  });

  it("have no size when they are not there", async () => {
    expect(await sizeOf(join(tempFolder(), "blob"))).toBeUndefined();
  });
});
