import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadedImageName } from "../../docker/identity.ts";
import { archiveEnd, layerFile, plainLayer } from "../../docker/load-archive.ts";
import { tar, type TarEntry } from "../../docker/tar.ts";
import { ensureImage } from "../../engine/ensure-image.ts";
import { hasContainerdStore } from "../../engine/layers.ts";
import { loadPackagedImage } from "../../offline/host/load-package-image.ts";
import type { Content, PackagedImage } from "../../offline/package/manifest.ts";
import { PackageWriter } from "../../offline/package/package-writer.ts";
import type { PackageFiles } from "../../offline/package/read-content.ts";
import { reasonOf } from "../../support/failure.ts";
import { sha256 } from "../../support/hashing.ts";
import { imageId } from "../support/bundle.ts";
import { registryImage } from "../support/fixtures.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const containerd = await hasContainerdStore();
const repository = `localhost/gemma/${uniqueName("loaded")}`;

/** A layer with one file. */
const layer = (name: string) => buffer(tar([{ header: { name }, content: `${repository} ${name}` }]));

const [lower, upper] = [await layer("lower"), await layer("upper")];
const config = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  config: { Cmd: ["none"] },
  rootfs: { type: "layers", diff_ids: [lower, upper].map(sha256) },
});

const failure = (work: Promise<unknown>) =>
  work.then(
    () => "it did not fail",
    (error: unknown) => reasonOf(error),
  );

const isThere = async (image: string) => (await run("docker", ["image", "inspect", image])).status === 0;

/** Loads an archive with some layers, whatever Docker says of it. */
async function load(name: string, entries: readonly TarEntry[]): Promise<string> {
  const archive = await buffer(tar(entries));
  const { output } = await run("docker", ["load"], { input: archive });
  return `${name}: ${output}`;
}

/** Names of the files in an image as Docker saves it. */
async function savedFiles(image: string): Promise<string[]> {
  return (await must("sh", ["-c", `docker save '${image}' | tar --list`])).split("\n");
}

describe("an image that was loaded", () => {
  const broken = `${repository}:broken`;

  beforeAll(async () => {
    const descriptors = new Map(
      [lower, upper].map((bytes) => [sha256(bytes), plainLayer({ digest: sha256(bytes), size: bytes.length })]),
    );
    await load(broken, archiveEnd({ name: broken, config, descriptors }));
  });

  afterAll(async () => {
    await run("docker", ["rmi", broken]);
  });

  it("is found by the digest of its configuration, the same on every engine, beside one that is broken", async () => {
    const id = await imageId(registryImage);
    await run("docker", ["rmi", loadedImageName(id)]);
    expect(await ensureImage(id)).toBe(loadedImageName(id));
    const ids = (image: string) => docker("image", "inspect", "--format", "{{.Id}}", image);
    expect(await ids(loadedImageName(id))).toBe(await ids(registryImage));
    // By its name from now on, without a search.
    expect(await ensureImage(id)).toBe(loadedImageName(id));
    await docker("rmi", loadedImageName(id));
    expect(await isThere(registryImage)).toBe(true);
  });

  it("is not found by a digest that no image has", async () => {
    const id = sha256("no image");
    expect(await failure(ensureImage(id))).toMatch(
      new RegExp(`^The base image ${id} is not in the engine: load it with \`docker load\`, and set baseImage to `),
    );
  });

  it("is not taken by what containerd's store calls it, and the right digest is named", async () => {
    const own = await docker("image", "inspect", "--format", "{{.Id}}", registryImage);
    const id = await imageId(registryImage);
    expect(own === id).toBe(!containerd);
    if (!containerd) return;
    expect(await failure(ensureImage(own))).toBe(
      `${own} is what this engine's store calls an image, and other engines call it by another digest: ` +
        `write the one of its configuration, ${id}`,
    );
  });
});

describe("an image of a package that leaves out a layer", () => {
  let folder: string;
  let source: PackageFiles;
  let delta: PackagedImage;
  let content: { lower: Content; upper: Content };
  const name = `${repository}:delta`;
  const base = `${repository}:base`;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-delta-"));
    const writer = await PackageWriter.open(folder, 4096);
    const stream = (bytes: Uint8Array) => Readable.from([bytes]);
    content = {
      lower: await writer.writePlain("lower.tar", () => stream(lower)),
      upper: await writer.writePlain("upper.tar", () => stream(upper)),
    };
    delta = {
      name,
      id: sha256(config),
      config: await writer.writePlain("config.json", () => stream(Buffer.from(config))),
      layers: [{ ...content.lower, files: [] }, content.upper],
    };
    source = { folder, files: writer.files };
  });

  afterAll(async () => {
    await run("docker", ["rmi", name, base]);
    await rm(folder, { recursive: true });
  });

  it("is refused where nothing has the layer, and leaves no image that cannot be run", async () => {
    expect(await failure(loadPackagedImage(source, delta, []))).toMatch(
      new RegExp(`(^|: )The layer ${content.lower.digest} is neither in the package nor in the engine$`),
    );
    expect(await isThere(name)).toBe(false);
  });

  it("is whole where the layer came compressed, so that it can be saved and pushed", async () => {
    const compressed = gzipSync(lower);
    const file = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: sha256(compressed) };
    const baseConfig = JSON.stringify({ ...JSON.parse(config), rootfs: { type: "layers", diff_ids: [sha256(lower)] } });
    const end = archiveEnd({
      name: base,
      config: baseConfig,
      files: new Map([[sha256(lower), layerFile(file.digest)]]),
      descriptors: new Map([[sha256(lower), { ...file, size: compressed.length }]]),
    });
    await load(base, [{ header: { name: layerFile(file.digest) }, content: compressed }, ...end]);
    expect(await isThere(base)).toBe(true);

    await loadPackagedImage(source, delta, [base]);
    const container = await docker("create", name);
    expect(await must("sh", ["-c", `docker cp ${container}:/lower - | tar --extract --to-stdout`])).toBe(
      `${repository} lower`,
    );
    await docker("rm", container);
    // An engine before 25 saves each layer in a folder.
    const layers = (await savedFiles(name)).filter((path) => /layer\.tar$|^blobs\/sha256\/./.test(path));
    if (layers.some((path) => path.startsWith("blobs/")))
      expect(layers).toEqual(expect.arrayContaining([lower, upper].map((bytes) => layerFile(sha256(bytes)))));
    else expect(layers.length).toBe(2);
  });
});
