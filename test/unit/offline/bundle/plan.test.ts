import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { stagedLayers } from "../../../../docker/weights-layer.ts";
import { contentsOn, weightsPath } from "../../../../offline/bundle/pack-image.ts";
import { planPackage, type Planned } from "../../../../offline/bundle/plan.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { parseManifest } from "../../../../ollama/manifest.ts";
import { sha256, shortDigest } from "../../../../support/hashing.ts";
import { noise, streamOf } from "../../support/bytes.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { secondModel, testModel, withZeros, type TestModel } from "../../support/model.ts";
import { manifestWith } from "../../support/package.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const home = vi.hoisted(() => ({ folder: "" }));

vi.mock("../../../../ollama/staged-folder.ts", () => ({
  get stagedFolder() {
    return join(home.folder, "models");
  },
}));

const MiB = 1024 ** 2;

/** What archives and documents are reckoned with. */
const [archives, others] = [175 * MiB, 4 * MiB];

const baseId = sha256("base");
const layer = noise(500, "layer");
const manifest = parseManifest(testModel.text, "test");
const modelBytes = 5036;
/** Of the second model, with the licence that both have. */
const secondBytes = 45 + 3000 + 13 + 32;
/** Models that are staged; what is planned looks into no store. */
const staged = (...models: readonly string[]) =>
  models.map((model) => ({ model, manifest })) as unknown as Planned["staged"];
const stagedOf = ({ name, text }: TestModel) =>
  ({ model: name, manifest: parseManifest(text, "test") }) as Planned["staged"][number];
const second = stagedOf(secondModel);
/** Both models with a blob in common. */
const withZerosOf = (size: number) =>
  [stagedOf(withZeros(testModel, size)), stagedOf(withZeros(secondModel, size))] as const;

/** Where the weights of the first of some models are written. */
const firstPath = (model: string) => {
  const [layer] = stagedLayers(staged(model));
  if (layer === undefined) throw new Error("There is no model");
  return weightsPath(layer);
};

/** What a package of some model is made of, on a machine with one image of 5000 bytes. */
function sources(model = "gemma3n:e4b", more: Partial<Planned> = {}): Planned {
  const node = join(tempFolder({ node: "#!/bin/node" }), "node");
  return {
    contents: { baseImage: "base" },
    beside: [],
    staged: staged(model),
    tools: { node, versions: { node: "24.0.0" } },
    since: undefined,
    ...more,
  };
}

const nodeBytes = "#!/bin/node".length;

/** A folder in which an earlier run has written these. */
async function folderWith(...contents: readonly ("weights" | "half of the weights" | "base" | "node" | "modules")[]) {
  const folder = tempFolder();
  const writer = await PackageWriter.open(folder, 1000);
  const weights = firstPath("gemma3n:e4b");
  const broken = async function* () {
    yield noise(2500);
    await Promise.reject(new Error("the disk was pulled"));
  };
  for (const content of contents) {
    if (content === "weights") await writer.writePlain(weights, () => streamOf(noise(2500)));
    if (content === "half of the weights") await writer.writePlain(weights, broken).catch(() => undefined);
    if (content === "base")
      await writer.writeCompressed(`images/layers/${shortDigest(baseId)}-0.tar.zst`, streamOf(layer));
    if (content === "node") await writer.writePlain("tools/node", () => streamOf("#!/bin/node"));
    if (content === "modules") await writer.writeCompressed("tools/modules.tar.zst", streamOf(noise(300)));
  }
  return { folder, files: writer.files };
}

async function planned(folder: string, from = sources(), partSize = 1000) {
  const { staying, missingBytes, stayingBytes, leavingBytes } = await planPackage(
    from,
    await PackageWriter.look(folder, partSize),
  );
  return { staying: [...staying].sort(), missing: missingBytes - others, stayingBytes, leavingBytes };
}

const sizeOf = (files: Readonly<Record<string, { size: number }>>, pattern = /./) =>
  Object.entries(files).reduce((sum, [path, { size }]) => sum + (pattern.test(path) ? size : 0), 0);

describe("what becomes of a package's folder", () => {
  beforeEach(() => {
    home.folder = mkdtempSync(join(tmpdir(), "gemma-unit-"));
    onTestFinished(() => {
      rmSync(home.folder, { recursive: true });
    });
    mkdirSync(join(home.folder, "bases"));
    const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: [sha256(layer)] } });
    writeFileSync(join(home.folder, `bases/${shortDigest(baseId)}.json`), config);
    fakePrograms({ docker: `case "$*" in *Size*) echo 5000;; *) echo '${baseId}';; esac` });
  });

  it("is that all is written to an empty one", async () => {
    expect(await planned(tempFolder())).toEqual({
      staying: [],
      missing: modelBytes + 5000 + nodeBytes + archives,
      stayingBytes: 0,
      leavingBytes: 0,
    });
  });

  it("is that weights, layers and Node stay, and archives are written anew", async () => {
    const { folder, files } = await folderWith("weights", "base", "node", "modules");
    const staying = Object.keys(files).filter((path) => !path.includes("modules"));
    expect(staying.length).toBe(3 + 1 + 1);
    expect(await planned(folder)).toEqual({
      staying: staying.sort(),
      missing: archives,
      stayingBytes: sizeOf(files, /^(?!.*modules)/),
      leavingBytes: sizeOf(files, /modules/),
    });
  });

  it("is that the parts of weights stay that an interrupted run wrote whole, and parts of another length go", async () => {
    const { folder } = await folderWith("half of the weights");
    const weights = firstPath("gemma3n:e4b");
    expect(await planned(folder)).toMatchObject({
      staying: [`${weights}.000`, `${weights}.001`],
      missing: modelBytes - 2000 + 5000 + nodeBytes + archives,
      stayingBytes: 2000,
    });
    expect(await planned(folder, sources(), 500)).toMatchObject({ staying: [], stayingBytes: 0, leavingBytes: 2500 });
  });

  it("is that another model goes, and does not count as this one", async () => {
    const { folder, files } = await folderWith("weights", "base", "node");
    expect(await planned(folder, sources("gemma3:4b"))).toEqual({
      staying: Object.keys(files)
        .filter((path) => !path.startsWith(firstPath("gemma3n:e4b")))
        .sort(),
      missing: modelBytes + archives,
      stayingBytes: sizeOf(files, /base|-0\.tar|node/),
      leavingBytes: 2500,
    });
  });

  it("is that all layers of an image are written of which one is missing", async () => {
    const { folder, files } = await folderWith("base");
    const config = { rootfs: { type: "layers", diff_ids: [sha256(layer), sha256("another")] } };
    writeFileSync(join(home.folder, `bases/${shortDigest(baseId)}.json`), JSON.stringify(config));
    expect(await planned(folder)).toEqual({
      staying: [],
      missing: modelBytes + 5000 + nodeBytes + archives,
      stayingBytes: 0,
      leavingBytes: sizeOf(files),
    });
  });

  it.each([
    ["a licence that they have in common twice", 0, 0],
    ["a blob of both of a byte less than 1 MiB twice", 1_048_575, 2 * 1_048_575],
    ["one of 1 MiB once", 1_048_576, 1_048_576],
  ])("is that both of two models are written, %s", async (_, size, more) => {
    const both = size === 0 ? [...staged("gemma3n:e4b"), second] : withZerosOf(size);
    for (const models of [both, both.toReversed()])
      expect((await planned(tempFolder(), sources("", { staged: models }))).missing).toBe(
        modelBytes + secondBytes + more + 5000 + nodeBytes + archives,
      );
  });

  it("is that the weights of the first stay when a second is added, above them or below", async () => {
    const { folder, files } = await folderWith("weights", "base", "node");
    const both = [...staged("gemma3n:e4b"), second];
    expect(await planned(folder, sources("", { staged: both }))).toEqual({
      staying: Object.keys(files).sort(),
      missing: secondBytes + archives,
      stayingBytes: sizeOf(files),
      leavingBytes: 0,
    });
    expect(await planned(folder, sources("", { staged: both.toReversed() }))).toMatchObject({
      missing: secondBytes + archives,
      leavingBytes: 0,
    });
  });

  it("is that weights go from which a blob moves that both models have", async () => {
    const [whole, sharing] = withZerosOf(1_048_576);
    const folder = tempFolder();
    const [layer] = stagedLayers([whole]);
    if (layer === undefined) throw new Error("There is no model");
    const writer = await PackageWriter.open(folder, 1000);
    await writer.writePlain(weightsPath(layer), () => streamOf(noise(2500)));
    const rest = secondBytes + 5000 + nodeBytes + archives;
    expect(await planned(folder, sources("", { staged: [whole, sharing] }))).toMatchObject({
      missing: rest,
      stayingBytes: 2500,
      leavingBytes: 0,
    });
    expect(await planned(folder, sources("", { staged: [sharing, whole] }))).toMatchObject({
      missing: modelBytes + 1_048_576 + rest,
      stayingBytes: 0,
      leavingBytes: 2500,
    });
  });

  it("is that of two models the one is left out that the host has", async () => {
    const content = { digest: sha256("weights"), size: 1, compression: "none" as const, files: [] };
    const host = manifestWith({
      models: [{ name: "gemma3n:e4b", digest: manifest.digest, blobs: manifest.blobs }],
      images: [{ name: "gemma:1", id: baseId, config: content, layers: [content, content] }],
    });
    const since = { ...host, text: "", digest: sha256("host") };
    const both = [...staged("gemma3n:e4b"), second];
    expect((await planned(tempFolder(), sources("", { staged: both, since }))).missing).toBe(
      secondBytes + 5000 + nodeBytes + archives,
    );
  });

  it("is that images of a gateway are written as the server's base is, each unless its layers are there", async () => {
    const gateway = [{ source: "haproxy" }, { source: "node" }];
    expect(await planned(tempFolder(), sources("gemma3n:e4b", { beside: gateway }))).toMatchObject({
      missing: modelBytes + 3 * 5000 + nodeBytes + archives,
    });
    const { folder } = await folderWith("base");
    expect(await planned(folder, sources("gemma3n:e4b", { beside: gateway }))).toMatchObject({
      missing: modelBytes + nodeBytes + archives,
    });
  });

  it("is that nothing is written of what the host has", async () => {
    const { layout } = manifestWith();
    const content = (text: string | Uint8Array) => ({
      digest: sha256(text),
      size: 1,
      compression: "none" as const,
      files: [],
    });
    const host = manifestWith({
      versions: { node: "24.0.0", ollama: "0.32.1" },
      layout,
      models: [{ name: "gemma3n:e4b", digest: manifest.digest, blobs: manifest.blobs }],
      images: [
        { name: "gemma:1", id: baseId, config: content("config"), layers: [content("weights"), content(layer)] },
      ],
      tools: { ...manifestWith().tools, node: content("#!/bin/node") },
    });
    const since = { ...host, text: "", digest: sha256("host") };
    expect(contentsOn(since)(sha256(layer))).toBeDefined();
    expect((await planned(tempFolder(), sources("gemma3n:e4b", { since }))).missing).toBe(0);
    const newer = { node: "24.0.1" };
    const { node } = sources().tools;
    expect(
      (await planned(tempFolder(), sources("gemma3n:e4b", { since, tools: { node, versions: newer } }))).missing,
    ).toBe(archives);
  });
});
