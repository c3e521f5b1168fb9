import { mkdtempSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { BuildProgramInput } from "../../engine/build-program.ts";
import { bundledVersion } from "../../components/bundled-version.ts";
import { gatewayImageName, usherImageName } from "../../docker/identity.ts";
import { programParts } from "../../docker/program-image.ts";
import { ownerOf } from "../../engine/image-owners.ts";
import { forgetLayer } from "../../engine/images.ts";
import { allLayers, layersOf } from "../../engine/layers.ts";
import { bundleSbom } from "../../offline/bundle/bundle-sbom.ts";
import { gatewayImages, type PackedFrom } from "../../offline/bundle/gateway-images.ts";
import { packGatewayImage, type GatewayImage } from "../../offline/bundle/pack-image.ts";
import { programIn } from "../../offline/bundle/program-version.ts";
import { loadPackagedImage, removeImages } from "../../offline/host/load-package-image.ts";
import type { PackagedImage } from "../../offline/package/manifest.ts";
import { missingRoom } from "../../offline/package/missing.ts";
import { PackageWriter } from "../../offline/package/package-writer.ts";
import { sha256 } from "../../support/hashing.ts";
import { imageId } from "../support/bundle.ts";
import { haproxyImage, nodeImage } from "../support/fixtures.ts";
import { docker, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";
import { manifestWith } from "../unit/support/package.ts";
import { parsed } from "../unit/support/raw-config.ts";
import { writtenTo } from "../unit/support/said.ts";

const staged = vi.hoisted(() => ({ folder: "" }));

vi.mock("../../ollama/staged-folder.ts", () => ({
  get stagedFolder() {
    return join(staged.folder, "models");
  },
}));

/** A package of the gateway's images alone, in a folder of its own. */
interface Packed {
  readonly source: { readonly folder: string; readonly files: PackageWriter["files"] };
  readonly images: readonly PackagedImage[];
  readonly bytes: number;
}

describe("the images of a gateway in a package", () => {
  // Names that no other test has, as images go by the names of those that they are made from.
  const [edgeSource, usherSource] = ["haproxy", "node"].map((name) => `${uniqueName(`gemma-test-${name}`)}:1`) as [
    string,
    string,
  ];
  const owner = ownerOf(`/${edgeSource}`);
  const contents = { image: usherSource, code: bundledVersion("usher") };
  const [edge, usher] = [gatewayImageName(edgeSource), usherImageName(contents)];
  const newContents = { ...contents, code: "0123456789ab" };
  const newUsher = usherImageName(newContents);
  let from: readonly PackedFrom[];
  let full: Packed;

  async function pack(images: readonly GatewayImage[], since?: Packed): Promise<Packed> {
    const folder = await mkdtemp(join(tmpdir(), "gemma-test-"));
    onRemoval.push(folder);
    const host = since && { ...manifestWith({ images: since.images }), text: "", digest: sha256("host") };
    const writer = await PackageWriter.open(folder, 16 * 1024 ** 2);
    const packed: PackagedImage[] = [];
    for (const image of images) packed.push(await packGatewayImage(writer, image, host));
    const bytes = Object.values(writer.files).reduce((sum, { size }) => sum + size, 0);
    return { source: { folder, files: writer.files }, images: packed, bytes };
  }

  const onRemoval: string[] = [];
  const isThere = async (name: string) => (await layersOf(name)) !== undefined;
  const missing = async (packed: Packed) => {
    const { tools } = manifestWith();
    const present = {
      images: await allLayers(),
      tools: new Set<string>(),
      version: true,
      leftovers: { bytes: 0, inodes: 0 },
    };
    return missingRoom({ images: packed.images, tools }, present, {}).engine.bytes;
  };
  const load = async (packed: Packed, others: readonly string[] = []) => {
    for (const image of packed.images) await loadPackagedImage(packed.source, image, others, owner);
  };

  beforeAll(async () => {
    staged.folder = mkdtempSync(join(tmpdir(), "gemma-test-"));
    onRemoval.push(staged.folder);
    await docker("tag", haproxyImage, edgeSource);
    await docker("tag", nodeImage, usherSource);
    const { gateway } = parsed({});
    const keys = { enabled: true, image: edgeSource, usher: { ...gateway.usher, image: usherSource } };
    from = await gatewayImages({ gateway: { ...gateway, ...keys } });
    full = await pack(from);
  });

  afterAll(async () => {
    await run("docker", ["rmi", edge, usher, newUsher, edgeSource, usherSource]);
    for (const folder of onRemoval) await rm(folder, { recursive: true, force: true });
  });

  it("are HAProxy's as it is, and the usher on its Node, which the engine need not have", async () => {
    expect(full.images.map(({ name }) => name)).toEqual([edge, usher]);
    expect(full.images[0]?.id).toBe(await imageId(haproxyImage));
    const layers = full.images.map((image) => image.layers.map(({ digest }) => digest));
    expect(layers[0]).toEqual(await layersOf(haproxyImage));
    expect(layers[1]?.slice(0, -1)).toEqual(await layersOf(nodeImage));
    expect([await isThere(edge), await isThere(usher)]).toEqual([false, false]);
  });

  it("are loaded under the names that the program of a closed host asks for, and not built there", async () => {
    writtenTo("stderr");
    await load(full);
    expect([await imageId(edge), await imageId(usher)]).toEqual(full.images.map(({ id }) => id));
    const input: BuildProgramInput = { image: usher, baseImage: usherSource, code: contents.code };
    const built = await run("node", ["commands/build-usher.ts"], { input: JSON.stringify(input) });
    expect([built.status, built.stderr]).toEqual([0, `${usher} is in the engine; nothing to build\n`]);
    const said = await run("docker", ["run", "--rm", usher, "no-such-command"]);
    expect(said.output).toBe("unknown command no-such-command; known are serve, configure and health\n");
  });

  it("need no room where they are", async () => {
    expect(await missing(full)).toBe(0);
  });

  it("are a small layer for a host that has another usher, which is put on the Node there", async () => {
    writtenTo("stderr");
    const [haproxy, node] = from;
    const content = Buffer.from('process.stdout.write("a newer usher\\n");\n');
    const parts = await programParts("usher", newContents, content);
    const delta = await pack(
      [...(haproxy ? [haproxy] : []), { ...node, name: newUsher, source: usherSource, parts }],
      full,
    );
    expect(delta.images.map(({ layers }) => layers.flatMap(({ files }) => files).length)).toEqual([0, 1]);
    expect(delta.bytes).toBeLessThan(100_000);
    expect(await missing(delta)).toBe(2 * parts.layer.size);
    await load(delta, [edge, usher]);
    expect(await docker("run", "--rm", newUsher)).toBe("a newer usher");
  });

  it("go when no version needs them, and stay with a word where something else uses them", async () => {
    const said = writtenTo("stderr");
    const stranger = await docker("create", usher, "serve");
    onTestFinished(() => run("docker", ["rm", "-f", stranger]).then(() => undefined));
    expect(await removeImages([edge, usher, newUsher], owner)).toEqual([usher]);
    expect(said.join("")).toMatch(new RegExp(`^The image ${usher} stays: .*conflict`));
    expect([await isThere(edge), await isThere(usher), await isThere(newUsher)]).toEqual([false, true, false]);
    expect([await isThere(edgeSource), await isThere(usherSource)]).toEqual([true, true]);
  });

  it("are in the SBOM with what they run and the packages of npm in it", async () => {
    const images = await Promise.all(
      from.map(async ({ source, program, packages }, index) => {
        const image = full.images[index];
        if (image === undefined) throw new Error("there is no such image");
        return { image, source, program: await programIn(source, program), packages };
      }),
    );
    const { created, models } = manifestWith();
    const text = await bundleSbom({ created, versions: { program: "0.1.0" }, images, models });
    const document = JSON.parse(text) as {
      components: { name: string; components?: { name: string; version: string; purl?: string }[] }[];
    };
    const within = (name: string) => {
      const found = document.components.find((component) => component.name === name)?.components ?? [];
      return found.map((component) => `${component.purl ?? component.name} ${component.version}`.replace(/-.*/, ""));
    };
    expect(within(edge)).toEqual(["haproxy 3.2.26"]);
    expect(within(usher)).toEqual(
      expect.arrayContaining(
        ["node 24.21.0", "pkg:npm/prom"].map((start) => expect.stringMatching(`^${start}`) as string),
      ),
    );
    expect(within(usher)).toHaveLength(5);
    for (const { layers } of full.images) for (const { digest } of layers) await forgetLayer(digest, owner);
  });
});
