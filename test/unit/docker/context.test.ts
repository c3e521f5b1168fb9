import { rmSync, writeFileSync } from "node:fs";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { noticesOf, sendContext, type BuildContext } from "../../../docker/context.ts";
import { parseManifest, sha256 } from "../../../ollama/manifest.ts";
import { contentOf, testModel } from "../support/model.ts";
import { stagedModel } from "../support/staged-model.ts";
import { failureOf } from "../support/temp-folder.ts";

const { name, config, weights, license, text } = testModel;
const models = "weights/root/.ollama/models";
const manifestFolder = `${models}/manifests/registry.ollama.ai/library/gemma3n`;
const blobEntry = (digest: string) => `${models}/blobs/${digest.replace(":", "-")}`;

interface Entry {
  readonly name: string;
  readonly type: string | null | undefined;
  readonly mode: number | undefined;
  readonly mtime: number | undefined;
  readonly owner: readonly (number | undefined)[];
  readonly content: Buffer;
}

async function entriesOf(archive: Buffer): Promise<Entry[]> {
  const reader = extract();
  reader.end(archive);
  const entries: Entry[] = [];
  for await (const entry of reader) {
    const { name: path, type, mode, mtime, uid, gid } = entry.header;
    const content = Buffer.concat(await Array.fromAsync(entry as AsyncIterable<Uint8Array>));
    entries.push({ name: path, type, mode, mtime: mtime.getTime(), owner: [uid, gid], content });
  }
  return entries;
}

async function buildContext(): Promise<BuildContext> {
  const { store, manifest } = await stagedModel();
  return {
    dockerfile: "FROM scratch\n",
    model: name,
    manifest,
    store,
    notices: { LICENSE: "Terms", NOTICE: "Notice\n" },
  };
}

/** The archive of a context and the bytes that were reported on the way. */
async function send(context: BuildContext): Promise<{ archive: Buffer; reported: number }> {
  const output = new PassThrough();
  const reading = buffer(output);
  reading.catch(() => undefined);
  let reported = 0;
  await sendContext(context, output, (bytes) => {
    reported += bytes;
  });
  return { archive: await reading, reported };
}

describe("sendContext", () => {
  it("sends the Dockerfile, every folder before its files, the manifest, the notices and the blobs", async () => {
    const { archive } = await send(await buildContext());
    expect((await entriesOf(archive)).map(({ name: path, type }) => `${String(type)} ${path}`)).toEqual([
      "file Dockerfile",
      "directory notices",
      "directory notices/licenses",
      "directory weights",
      "directory weights/root",
      "directory weights/root/.ollama",
      `directory ${models}`,
      `directory ${models}/blobs`,
      `directory ${models}/manifests`,
      `directory ${models}/manifests/registry.ollama.ai`,
      `directory ${models}/manifests/registry.ollama.ai/library`,
      `directory ${manifestFolder}`,
      `file ${manifestFolder}/e4b`,
      "file notices/licenses/LICENSE",
      "file notices/licenses/NOTICE",
      `file ${blobEntry(config.digest)}`,
      `file ${blobEntry(weights.digest)}`,
      `file ${blobEntry(license.digest)}`,
    ]);
  });

  it("gives every entry time 0, root as owner, and mode 755 for folders and 644 for files", async () => {
    const { archive } = await send(await buildContext());
    const unlike = (await entriesOf(archive)).filter(
      ({ type, mode, mtime, owner }) =>
        mtime !== 0 || owner.some((id) => id !== 0) || mode !== (type === "directory" ? 0o755 : 0o644),
    );
    expect(unlike).toEqual([]);
  });

  it("sends every content as it is", async () => {
    const { archive } = await send(await buildContext());
    const files = (await entriesOf(archive)).filter(({ type }) => type === "file");
    expect(Object.fromEntries(files.map(({ name: path, content }) => [path, content]))).toEqual({
      Dockerfile: Buffer.from("FROM scratch\n"),
      [`${manifestFolder}/e4b`]: Buffer.from(text),
      "notices/licenses/LICENSE": Buffer.from("Terms"),
      "notices/licenses/NOTICE": Buffer.from("Notice\n"),
      [blobEntry(config.digest)]: contentOf(config),
      [blobEntry(weights.digest)]: contentOf(weights),
      [blobEntry(license.digest)]: contentOf(license),
    });
  });

  it("sends the folder of the notices also when there are none", async () => {
    const { archive } = await send({ ...(await buildContext()), notices: {} });
    const notices = (await entriesOf(archive)).filter(({ name: path }) => path.startsWith("notices"));
    expect(notices.map(({ name: path }) => path)).toEqual(["notices", "notices/licenses"]);
  });

  it("sends the same bytes every time", async () => {
    const [first, second] = [await send(await buildContext()), await send(await buildContext())];
    expect(first.archive.equals(second.archive)).toBe(true);
    expect(first.archive.length).toBeGreaterThan(10_000);
  });

  it("reports every byte of the blobs", async () => {
    const { reported } = await send(await buildContext());
    expect(reported).toBe(config.size + weights.size + license.size);
  });
});

const flipped = Buffer.from(contentOf(weights)).fill(255, 100, 101);

describe("sendContext fails", () => {
  it.each([
    ["missing", undefined, (folder: string) => `is missing in ${folder}`],
    [
      "truncated",
      contentOf(weights).subarray(0, 4000),
      (folder: string) => `in ${folder} is damaged: it has 4000 of 5000 bytes`,
    ],
    ["damaged", flipped, (folder: string) => `in ${folder} is damaged: its content has the digest ${sha256(flipped)}`],
  ])("at a %s blob, names it, and ends the archive early", async (_, content, rest) => {
    const context = await buildContext();
    const file = context.store.blob(weights.digest);
    if (content === undefined) rmSync(file);
    else writeFileSync(file, content);
    const output = new PassThrough().resume();
    const sending = sendContext(context, output, () => undefined);
    expect(await failureOf(sending)).toBe(`The blob ${weights.digest} ${rest(context.store.folder)}`);
    expect([output.destroyed, output.writableFinished]).toEqual([true, false]);
  });

  it("when the reader stops before the end", async () => {
    const output = new PassThrough();
    output.destroy();
    expect(await failureOf(sendContext(await buildContext(), output, () => undefined))).toBe("Premature close");
  });
});

describe("noticesOf", () => {
  it("has the licence texts of the model, and the notice", async () => {
    const { store, manifest } = await stagedModel();
    expect(await noticesOf(store, manifest, "Gemma is provided")).toEqual({
      LICENSE: "Terms of use\n",
      NOTICE: "Gemma is provided\n",
    });
  });

  it("numbers further licences and leaves out a notice that there is none of", async () => {
    const { store } = await stagedModel();
    const second = { ...config, mediaType: license.mediaType };
    const manifest = parseManifest(JSON.stringify({ config: weights, layers: [license, second] }), "test");
    expect(await noticesOf(store, manifest, null)).toEqual({
      LICENSE: "Terms of use\n",
      "LICENSE.2": contentOf(config).toString(),
    });
  });

  it("is empty for a model without either", async () => {
    const { store } = await stagedModel();
    expect(await noticesOf(store, parseManifest(JSON.stringify({ config }), "test"), null)).toEqual({});
  });
});
