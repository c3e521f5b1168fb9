import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { embeddedParts } from "../../../../docker/embedded-image.ts";
import { imageName, usherImageName, type EmbeddedModel, type ImageContents } from "../../../../docker/identity.ts";
import { layerFile } from "../../../../docker/load-archive.ts";
import { programParts } from "../../../../docker/program-image.ts";
import { contentsOn, packEmbeddedImage, packGatewayImage } from "../../../../offline/bundle/pack-image.ts";
import type { PackagedImage } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { readContent } from "../../../../offline/package/read-content.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { archiveOf, bytesOf } from "../../docker/archives.ts";
import { streamOf } from "../../support/bytes.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { secondModel, testModel, type TestModel } from "../../support/model.ts";
import { manifestWith } from "../../support/package.ts";
import { stagedModels } from "../../support/staged-model.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const staged = vi.hoisted(() => ({ folder: "" }));

vi.mock("../../../../ollama/staged-folder.ts", () => ({
  get stagedFolder() {
    return join(staged.folder, "models");
  },
}));

const layers = await Promise.all(
  ["lower", "upper"].map((content) => archiveOf([{ name: "file", content, mtime: new Date(0) }])),
);
const digests = layers.map((layer) => sha256(layer));

/** As an engine writes it: neither its keys nor its spaces are those of JSON.stringify. */
const configText = `{"os":"linux", "rootfs": {"type":"layers","diff_ids":${JSON.stringify(digests)}},"architecture":"amd64"}\n`;
const id = sha256(configText);
const image = { source: "haproxy:3.2.26", name: "localhost/gemma/gateway:0123456789ab" };

/** An engine with the image alone; tells how often the image was saved. */
async function engine(): Promise<() => number> {
  staged.folder = mkdtempSync(join(tmpdir(), "gemma-unit-"));
  const config = `blobs/sha256/${id.slice("sha256:".length)}`;
  const archive = await archiveOf([
    ...layers.map((content) => ({ name: layerFile(sha256(content)), content })),
    { name: config, content: configText },
    { name: "manifest.json", content: JSON.stringify([{ Config: config, Layers: digests.map(layerFile) }]) },
  ]);
  const [saved, calls] = [join(staged.folder, "saved.tar"), join(staged.folder, "calls")];
  writeFileSync(saved, archive);
  fakePrograms({
    docker: [
      'case "$*" in',
      `*RootFS.Layers*) echo '${JSON.stringify(digests)}' ;;`,
      `"image inspect"*) echo '${id}' ;;`,
      `"save ${image.source}") echo saved >>'${calls}'; cat '${saved}' ;;`,
      '*) echo "docker $*" >&2; exit 1 ;;',
      "esac",
    ].join("\n"),
  });
  return () => (existsSync(calls) ? readFileSync(calls, "utf8").trimEnd().split("\n").length : 0);
}

const open = (folder: string) => PackageWriter.open(folder, 1024 ** 2);
const hostWith = (packed: PackagedImage) => ({
  ...manifestWith({ images: [packed] }),
  text: "",
  digest: sha256("host"),
});

describe("an image that is packed as it is", () => {
  afterEach(() => {
    rmSync(staged.folder, { recursive: true, force: true });
  });

  it("has its own configuration, byte for byte, whose sha256 is its ID, and its layers, lowest first", async () => {
    await engine();
    const folder = tempFolder();
    const writer = await open(folder);
    const packed = await packGatewayImage(writer, image, undefined);
    const source = { folder, files: writer.files };
    expect(packed).toMatchObject({ name: image.name, id, layers: digests.map((digest) => ({ digest })) });
    expect((await bytesOf(readContent(source, packed.config))).toString()).toBe(configText);
    for (const [index, layer] of packed.layers.entries())
      expect((await bytesOf(readContent(source, layer))).equals(layers[index] ?? Buffer.of())).toBe(true);
  });

  it("is read from the engine once, and is then the same from what was kept", async () => {
    const saves = await engine();
    const folder = tempFolder();
    const packed = await packGatewayImage(await open(folder), image, undefined);
    expect(await packGatewayImage(await open(folder), image, undefined)).toEqual(packed);
    expect(saves()).toBe(1);
  });

  it("leaves out what the host has, also without a configuration that was kept", async () => {
    await engine();
    const packed = await packGatewayImage(await open(tempFolder()), image, undefined);
    rmSync(join(staged.folder, "bases"), { recursive: true });
    const folder = tempFolder();
    const delta = await packGatewayImage(await open(folder), image, hostWith(packed));
    expect(delta).toEqual({ ...packed, layers: packed.layers.map((layer) => ({ ...layer, files: [] })) });
    expect(existsSync(join(folder, packed.layers[0]?.files[0] ?? ""))).toBe(false);
  });
});

describe("an image that the usher is put on", () => {
  afterEach(() => {
    rmSync(staged.folder, { recursive: true, force: true });
  });

  const usher = async (code: string) => {
    const contents = { image: image.source, code };
    return {
      name: usherImageName(contents),
      source: image.source,
      parts: await programParts("usher", contents, Buffer.from(code)),
    };
  };

  it("has the layers of its base, and above them one that holds the usher", async () => {
    await engine();
    const folder = tempFolder();
    const writer = await open(folder);
    const { name, source, parts } = await usher("one");
    const packed = await packGatewayImage(writer, { name, source, parts }, undefined);
    expect(packed.name).toBe(name);
    expect(packed.layers.map(({ digest }) => digest)).toEqual([...digests, parts.layer.digest]);
    const files = { folder, files: writer.files };
    const text = (await bytesOf(readContent(files, packed.config))).toString();
    expect(text).toBe(parts.configOn(JSON.parse(configText) as Parameters<typeof parts.configOn>[0]));
    expect(packed.id).toBe(sha256(text));
    const [, , top] = packed.layers;
    expect(top && (await bytesOf(readContent(files, top))).equals(parts.layer.content)).toBe(true);
  });

  it("is in a package for a host that has another usher with that alone", async () => {
    await engine();
    const packed = await packGatewayImage(await open(tempFolder()), await usher("one"), undefined);
    const folder = tempFolder();
    const writer = await open(folder);
    const delta = await packGatewayImage(writer, await usher("two"), hostWith(packed));
    expect(delta.layers.map(({ files }) => files.length)).toEqual([0, 0, 1]);
    expect(Object.keys(writer.files).sort()).toEqual([...delta.config.files, ...(delta.layers[2]?.files ?? [])].sort());
    const same = await packGatewayImage(await open(tempFolder()), await usher("one"), hostWith(packed));
    expect(same.layers.map(({ files }) => files.length)).toEqual([0, 0, 0]);
    expect(same.id).toBe(packed.id);
  });

  it("does not write a layer again that another image of the package has", async () => {
    await engine();
    const folder = tempFolder();
    const writer = await open(folder);
    const [lower] = layers;
    const other = await writer.writeCompressed("images/layers/other-0.tar.zst", streamOf(lower ?? Buffer.of()));
    const packed = await packGatewayImage(writer, image, undefined);
    expect(packed.layers[0]).toEqual(other);
    const parts = packed.layers.flatMap(({ files }) => files);
    expect(Object.keys(writer.files).sort()).toEqual([...parts, ...packed.config.files].sort());
    expect(
      readdirSync(join(folder, "images/layers"))
        .map((name) => `images/layers/${name}`)
        .sort(),
    ).toEqual(parts.sort());
    expect((await packGatewayImage(writer, image, undefined)).layers).toEqual(packed.layers);
  });

  it("takes all of its base from the image of the package that is just that", async () => {
    await engine();
    const writer = await open(tempFolder());
    const plain = await packGatewayImage(writer, image, undefined);
    const before = Object.keys(writer.files);
    const packed = await packGatewayImage(writer, await usher("one"), undefined);
    expect(packed.layers.slice(0, 2)).toEqual(plain.layers);
    const written = Object.keys(writer.files).filter((path) => !before.includes(path));
    expect(written.sort()).toEqual([...packed.config.files, ...(packed.layers[2]?.files ?? [])].sort());
  });
});

describe("an image with two models", () => {
  afterEach(() => {
    rmSync(staged.folder, { recursive: true, force: true });
  });

  const embedded = ({ name, digest }: TestModel): EmbeddedModel => ({
    ...{ name, digest, license: "LicenseRef-Gemma", notice: null, contextLength: null },
  });
  const contentsOf = (...models: readonly TestModel[]): ImageContents => ({
    baseImage: image.source,
    models: models.map(embedded),
  });

  it("has a layer for each below those of its base, and the licences of both above", async () => {
    await engine();
    const folder = tempFolder();
    const writer = await open(folder);
    const [contents, models] = [contentsOf(testModel, secondModel), await stagedModels()];
    const packed = await packEmbeddedImage(writer, contents, models, undefined);
    const parts = await embeddedParts(contents, models, () => undefined);
    const below = parts.weights.map(({ digest }) => digest);
    expect(packed.name).toBe(imageName(contents));
    expect(packed.layers.map(({ digest }) => digest)).toEqual([...below, ...digests, parts.notices.digest]);
    const source = { folder, files: writer.files };
    const text = (await bytesOf(readContent(source, packed.config))).toString();
    expect(text).toBe(parts.configOn(JSON.parse(configText) as Parameters<typeof parts.configOn>[0]));
    expect(packed.id).toBe(sha256(text));
    for (const [index, { open: opened }] of parts.weights.entries()) {
      const layer = packed.layers[index];
      expect(layer && (await bytesOf(readContent(source, layer))).equals(await bytesOf(opened()))).toBe(true);
    }
  });

  it("is in a package for a host that has the first with the second and its notices alone", async () => {
    await engine();
    const [first, second] = await stagedModels();
    const before = await packEmbeddedImage(await open(tempFolder()), contentsOf(testModel), [first], undefined);
    const { name, digest } = testModel;
    const models = [{ name, digest, blobs: first.manifest.blobs }];
    const since = { ...manifestWith({ images: [before], models }), text: "", digest: sha256("host") };
    const writer = await open(tempFolder());
    const contents = contentsOf(testModel, secondModel);
    const delta = await packEmbeddedImage(writer, contents, [first, second], since);
    expect(delta.layers.map(({ files }) => files.length)).toEqual([0, 1, 0, 0, 1]);
    expect(delta.layers[0]).toEqual({ ...before.layers[0], files: [] });
    const whole = await packEmbeddedImage(await open(tempFolder()), contents, [first, second], undefined);
    expect(delta.id).toBe(whole.id);
  });

  it("is in a package for a host that has both with no weights when the first is taken out", async () => {
    await engine();
    const both = await stagedModels();
    const contents = contentsOf(testModel, secondModel);
    const before = await packEmbeddedImage(await open(tempFolder()), contents, both, undefined);
    const models = both.map(({ model: name, manifest: { digest, blobs } }) => ({ name, digest, blobs }));
    const since = { ...manifestWith({ images: [before], models }), text: "", digest: sha256("host") };
    const [, second] = both;
    const delta = await packEmbeddedImage(await open(tempFolder()), contentsOf(secondModel), [second], since);
    expect(delta.layers.map(({ files }) => files.length)).toEqual([0, 0, 0, 1]);
    expect(delta.layers[0]).toEqual({ ...before.layers[1], files: [] });
    const whole = await packEmbeddedImage(await open(tempFolder()), contentsOf(secondModel), [second], undefined);
    expect(delta.id).toBe(whole.id);
  });

  it("takes weights that an earlier run has written without reading them again", async () => {
    await engine();
    const folder = tempFolder();
    const models = await stagedModels();
    const contents = contentsOf(testModel, secondModel);
    const packed = await packEmbeddedImage(await open(folder), contents, models, undefined);
    rmSync(models[1].store.blob(secondModel.weights.digest));
    expect(await packEmbeddedImage(await open(folder), contents, models, undefined)).toEqual(packed);
  });

  it("fails at a blob that is missing with its model", async () => {
    await engine();
    const models = await stagedModels();
    const { store } = models[1];
    rmSync(store.blob(secondModel.weights.digest));
    const packing = packEmbeddedImage(await open(tempFolder()), contentsOf(testModel, secondModel), models, undefined);
    expect(await failureOf(packing)).toBe(
      `The blob ${secondModel.weights.digest} of embeddinggemma:300m is missing in ${store.folder}`,
    );
  });
});

describe("what a host has", () => {
  it("is every content of its package, without files", async () => {
    await engine();
    const packed = await packGatewayImage(await open(tempFolder()), image, undefined);
    rmSync(staged.folder, { recursive: true, force: true });
    const found = contentsOn(hostWith(packed));
    expect(found(digests[0] ?? "")).toEqual({ ...packed.layers[0], files: [] });
    expect(found(packed.config.digest)).toEqual({ ...packed.config, files: [] });
    expect(found(sha256("other"))).toBeUndefined();
  });
});
