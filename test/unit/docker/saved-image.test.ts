import { PassThrough, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { archiveEnd, layerFile } from "../../../docker/load-archive.ts";
import { SavedImage } from "../../../docker/saved-image.ts";
import { tar } from "../../../docker/tar.ts";
import { sha256 } from "../../../support/hashing.ts";
import { failureOf } from "../support/temp-folder.ts";
import { archiveOf, bytesOf, entriesOf, leaksOf, type NewEntry } from "./archives.ts";

const small = await archiveOf([
  { name: "etc/", type: "directory" },
  { name: "etc/ollama", content: "small" },
]);
const large = await archiveOf([{ name: "large", content: Buffer.alloc(3_000_000, "large") }]);
/** What Docker makes of an instruction that changes no file. */
const empty = Buffer.alloc(1024);

const [smallDigest, largeDigest, emptyDigest] = [sha256(small), sha256(large), sha256(empty)];

const folder = (name: string): NewEntry => ({ name, type: "directory" });
const json = (name: string, value: unknown): NewEntry => ({ name, content: JSON.stringify(value) });

/** A layer as Docker 20.10 saves it. */
const legacyLayer = (id: string, layer: NewEntry): NewEntry[] => [
  folder(`${id}/`),
  { name: `${id}/VERSION`, content: "1.0" },
  json(`${id}/json`, { id, created: "1970-01-01T00:00:00Z" }),
  layer,
];

const config = {
  architecture: "amd64",
  os: "linux",
  config: { Env: ["PATH=/bin"] },
  rootfs: { type: "layers", diff_ids: [emptyDigest, smallDigest, emptyDigest, largeDigest] },
};
const configHash = sha256(JSON.stringify(config)).slice(7);
const [a, b, c, d] = ["a", "b", "c", "d"].map((digit) => digit.repeat(64)) as [string, string, string, string];

/** An image as Docker 20.10 saves it, files sorted by name: the layer that it has twice is once a link, here before its target. */
const docker20: readonly NewEntry[] = [
  ...legacyLayer(a, { name: `${a}/layer.tar`, type: "symlink", linkname: `../${c}/layer.tar` }),
  ...legacyLayer(b, { name: `${b}/layer.tar`, content: small }),
  ...legacyLayer(c, { name: `${c}/layer.tar`, content: empty }),
  ...legacyLayer(d, { name: `${d}/layer.tar`, content: large }),
  json(`${configHash}.json`, config),
  json("manifest.json", [
    {
      Config: `${configHash}.json`,
      RepoTags: ["ollama/ollama:0.32.1"],
      Layers: [c, b, a, d].map((id) => `${id}/layer.tar`),
    },
  ]),
  json("repositories", { "ollama/ollama": { "0.32.1": d } }),
];

const blob = (content: string | Uint8Array): NewEntry => ({ name: layerFile(sha256(content)), content });

const descriptor = (digest: string) => ({
  mediaType: "application/vnd.oci.image.layer.v1.tar",
  digest,
  size: 1024,
});

/** An image as Docker 25 and later saves it, with layers as they are or as they were downloaded. */
function docker25(layers: readonly Uint8Array[] = [empty, small, large]): NewEntry[] {
  const [first, second, third] = layers.map((layer) => sha256(layer)) as [string, string, string];
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { digest: `sha256:${configHash}` },
    layers: [first, second, first, third].map(descriptor),
  });
  return [
    folder("blobs/"),
    folder("blobs/sha256/"),
    ...[...layers.map(blob), blob(JSON.stringify(config)), blob(manifest)],
    json("index.json", { schemaVersion: 2, manifests: [{ digest: sha256(manifest) }] }),
    json("manifest.json", [
      {
        Config: `blobs/sha256/${configHash}`,
        RepoTags: ["ollama/ollama:0.32.1"],
        Layers: [first, second, first, third].map(layerFile),
        LayerSources: { [first]: { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: first } },
      },
    ]),
    json("oci-layout", { imageLayoutVersion: "1.0.0" }),
  ];
}

/** A stream in pieces that no entry begins or ends with. */
function inPieces(archive: Uint8Array): Readable {
  const count = Math.ceil(archive.length / 60_001);
  return Readable.from(
    Array.from({ length: count }, (_, index) => archive.subarray(index * 60_001, (index + 1) * 60_001)),
  );
}

/** Reads all layers: names, what they link to, and digests. */
async function read(image: SavedImage): Promise<object[]> {
  const found: object[] = [];
  for await (const { header, content } of image.layers()) {
    if (content === undefined) found.push(header);
    else if (typeof content === "string") throw new Error(`${header.name} is text`);
    else if (content instanceof Uint8Array) found.push({ ...header, digest: sha256(content) });
    else found.push({ ...header, streamed: sha256(await bytesOf(content)) });
  }
  return found;
}

const saved = async (entries: readonly NewEntry[]) => new SavedImage(inPieces(await archiveOf(entries)));

describe("SavedImage of Docker 20.10", () => {
  it("has the layers in the order of the archive: small ones as bytes, large ones as streams, links as links", async () => {
    expect(await read(await saved(docker20))).toEqual([
      { name: `${a}/layer.tar`, type: "symlink", linkname: `../${c}/layer.tar` },
      { name: `${b}/layer.tar`, digest: smallDigest },
      { name: `${c}/layer.tar`, digest: emptyDigest },
      { name: `${d}/layer.tar`, size: large.length, streamed: largeDigest },
    ]);
  });

  it("has the configuration, and the file of every layer, never a link to it", async () => {
    const image = await saved(docker20);
    await read(image);
    const { text, config: found, files, descriptors } = image.description();
    expect(text).toBe(JSON.stringify(config));
    expect(found).toEqual(config);
    expect(descriptors).toBeUndefined();
    expect(Object.fromEntries(files)).toEqual({
      [emptyDigest]: `${c}/layer.tar`,
      [smallDigest]: `${b}/layer.tar`,
      [largeDigest]: `${d}/layer.tar`,
    });
  });
});

describe("SavedImage of Docker 25", () => {
  it("has the layers in the order of the archive, without manifests and configurations", async () => {
    expect(await read(await saved(docker25()))).toEqual([
      { name: layerFile(emptyDigest), digest: emptyDigest },
      { name: layerFile(smallDigest), digest: smallDigest },
      { name: layerFile(largeDigest), size: large.length, streamed: largeDigest },
    ]);
  });

  it("has the configuration, and the file of every layer", async () => {
    const image = await saved(docker25());
    await read(image);
    const { text, config: found, files, descriptors } = image.description();
    expect(text).toBe(JSON.stringify(config));
    expect(found).toEqual(config);
    expect(Object.fromEntries(descriptors ?? [])).toEqual(
      Object.fromEntries([emptyDigest, smallDigest, largeDigest].map((digest) => [digest, descriptor(digest)])),
    );
    expect(Object.fromEntries(files)).toEqual(
      Object.fromEntries([emptyDigest, smallDigest, largeDigest].map((digest) => [digest, layerFile(digest)])),
    );
  });

  it.each([
    ["gzip", gzipSync],
    ["zstd", zstdCompressSync],
  ])(
    "has layers that the engine keeps compressed with %s as they are, by the digest of what is in them",
    async (_, compress) => {
      const layers = [empty, small, large].map((layer) => compress(layer));
      const image = await saved(docker25(layers));
      expect(await read(image)).toEqual(
        layers.map((layer) => ({ name: layerFile(sha256(layer)), digest: sha256(layer) })),
      );
      expect(Object.fromEntries(image.description().files)).toEqual(
        Object.fromEntries(
          [emptyDigest, smallDigest, largeDigest].map((digest, index) => [
            digest,
            layerFile(sha256(layers[index] ?? "")),
          ]),
        ),
      );
    },
  );
});

describe("SavedImage", () => {
  it.each(["{", "["])("takes a layer whose first file is named %s for a layer", async (name) => {
    const layer = await archiveOf([{ name, content: "x" }]);
    expect(await read(await saved([blob(layer)]))).toEqual([{ name: layerFile(sha256(layer)), digest: sha256(layer) }]);
  });

  it.each([
    ["Docker 20.10", docker20],
    ["Docker 25", docker25()],
  ])("of %s makes an archive for docker load that has every layer it names", async (_, entries) => {
    const image = await saved(entries);
    const loadable = async function* () {
      yield* image.layers();
      const { config: base, files } = image.description();
      yield* archiveEnd({ name: "localhost/gemma/x:1", config: JSON.stringify(base), files });
    };
    const written = await entriesOf(await buffer(tar(loadable())));
    const manifest = JSON.parse(written.at(-1)?.content.toString() ?? "") as [{ Layers: string[] }];
    const layers = manifest[0].Layers.map((name) => written.find((entry) => entry.name === name)?.content);
    expect(layers.map((layer) => layer && sha256(layer))).toEqual(config.rootfs.diff_ids);
  });

  it("is of no archive without a manifest", async () => {
    const image = await saved(docker25().filter(({ name }) => name !== "manifest.json"));
    await read(image);
    expect(() => image.description()).toThrow(/^docker save wrote an archive without manifest\.json$/);
  });

  it("is of no archive that is empty", async () => {
    const image = new SavedImage(Readable.from([]));
    expect(await read(image)).toEqual([]);
    expect(() => image.description()).toThrow(/^docker save wrote an archive without manifest\.json$/);
  });

  it("is of no archive whose manifest has no image", async () => {
    const image = await saved([json("manifest.json", [])]);
    await read(image);
    expect(() => image.description()).toThrow(/^docker save wrote an archive without an image$/);
  });

  it("is of no archive without the configuration", async () => {
    const image = await saved(docker20.filter(({ name }) => name !== `${configHash}.json`));
    await read(image);
    expect(() => image.description()).toThrow(
      new RegExp(`^docker save wrote an archive without ${configHash}\\.json$`),
    );
  });

  it("knows nothing before the layers were read", async () => {
    const image = await saved(docker25());
    expect(() => image.description()).toThrow(/^docker save wrote an archive without manifest\.json$/);
  });

  it.each([
    ["in a layer", -4_000],
    ["in a header", 100],
  ])("fails when the archive ends %s", async (_, end) => {
    const archive = await archiveOf([blob(large)]);
    const leaks = await leaksOf(async () => {
      expect(await failureOf(read(new SavedImage(inPieces(archive.subarray(0, end)))))).toBe("Unexpected end of data");
    });
    expect(leaks).toEqual([]);
  });

  it("fails at what is no archive", async () => {
    const noise = Buffer.alloc(2048, "noise");
    expect(await failureOf(read(new SavedImage(Readable.from([noise]))))).toBe(
      "Invalid tar header. Maybe the tar is corrupted or it needs to be gunzipped?",
    );
  });

  it("fails as the stream does that it is read from", async () => {
    const archive = await archiveOf([blob(large)]);
    const source = new PassThrough();
    source.write(archive.subarray(0, 2_000_000));
    const leaks = await leaksOf(async () => {
      const reading = failureOf(read(new SavedImage(source)));
      setImmediate(() => source.destroy(new Error("docker save was killed")));
      expect(await reading).toBe("docker save was killed");
    });
    expect(leaks).toEqual([]);
  });
});
