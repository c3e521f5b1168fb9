import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { layerFile } from "../../../../docker/load-archive.ts";
import { contentsOn, packPublishedImage } from "../../../../offline/bundle/pack-image.ts";
import type { PackagedImage } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { readContent } from "../../../../offline/package/read-content.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { archiveOf, bytesOf } from "../../docker/archives.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { manifestWith } from "../../support/package.ts";
import { tempFolder } from "../../support/temp-folder.ts";

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
const image = { source: "caddy:2.11.7", name: "localhost/gemma/gateway:0123456789ab" };

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
      'case "$1 $2" in',
      `"image inspect") echo '${id}' ;;`,
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
    const packed = await packPublishedImage(writer, image, undefined);
    const source = { folder, files: writer.files };
    expect(packed).toMatchObject({ name: image.name, id, layers: digests.map((digest) => ({ digest })) });
    expect((await bytesOf(readContent(source, packed.config))).toString()).toBe(configText);
    for (const [index, layer] of packed.layers.entries())
      expect((await bytesOf(readContent(source, layer))).equals(layers[index] ?? Buffer.of())).toBe(true);
  });

  it("is read from the engine once, and is then the same from what was kept", async () => {
    const saves = await engine();
    const folder = tempFolder();
    const packed = await packPublishedImage(await open(folder), image, undefined);
    expect(await packPublishedImage(await open(folder), image, undefined)).toEqual(packed);
    expect(saves()).toBe(1);
  });

  it("leaves out what the host has, also without a configuration that was kept", async () => {
    await engine();
    const packed = await packPublishedImage(await open(tempFolder()), image, undefined);
    rmSync(join(staged.folder, "bases"), { recursive: true });
    const folder = tempFolder();
    const delta = await packPublishedImage(await open(folder), image, hostWith(packed));
    expect(delta).toEqual({ ...packed, layers: packed.layers.map((layer) => ({ ...layer, files: [] })) });
    expect(existsSync(join(folder, packed.layers[0]?.files[0] ?? ""))).toBe(false);
  });
});

describe("what a host has", () => {
  it("is every content of its package, without files", async () => {
    await engine();
    const packed = await packPublishedImage(await open(tempFolder()), image, undefined);
    rmSync(staged.folder, { recursive: true, force: true });
    const found = contentsOn(hostWith(packed));
    expect(found(digests[0] ?? "")).toEqual({ ...packed.layers[0], files: [] });
    expect(found(packed.config.digest)).toEqual({ ...packed.config, files: [] });
    expect(found(sha256("other"))).toBeUndefined();
  });
});
