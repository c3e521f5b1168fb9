import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPackagedImage } from "../../../../offline/host/load-package-image.ts";
import type { PackagedImage } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import type { PackageFiles } from "../../../../offline/package/read-content.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { archiveOf, entriesOf } from "../../docker/archives.ts";
import { hex, noise, streamOf } from "../../support/bytes.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const name = "localhost/gemma/tiny:1";

/** A package with an image of two layers, the lower one in parts as it is, the upper one in zstd. */
async function packaged(): Promise<{ source: PackageFiles; image: PackagedImage }> {
  const folder = tempFolder();
  const writer = await PackageWriter.open(folder, 4096);
  const layers = [
    await archiveOf([{ name: "weights", mtime: new Date(0), content: noise(10_000) }]),
    await archiveOf([{ name: "licence", mtime: new Date(0), content: noise(3000, "licence") }]),
  ];
  const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: layers.map(sha256) } });
  const image: PackagedImage = {
    name,
    id: sha256(config),
    config: await writer.writePlain("images/config.json", () => streamOf(config)),
    layers: [
      await writer.writePlain("images/lower.tar", () => streamOf(layers[0] ?? "")),
      await writer.writeCompressed("images/upper.tar.zst", streamOf(layers[1] ?? "")),
    ],
  };
  return { source: { folder, files: writer.files }, image };
}

/**
 * An engine without images that keeps what it was sent, whole or not, and names an image only after an archive's end.
 * @param loaded - layers that it then tells of the image
 */
function fakeEngine(lower: string, loaded: readonly string[]) {
  const folder = tempFolder();
  const calls = () => readFileSync(join(folder, "calls"), "utf8").trimEnd().split("\n");
  fakePrograms({
    docker: [
      `cd '${folder}'`,
      'echo "$*" >>calls',
      'case "$1 $2" in',
      '"info --format") echo "[]" ;;',
      '"image ls") [ ! -e imported ] || echo id ;;',
      `"image inspect") case $5 in ${name}) [ -e loaded ] && echo '${JSON.stringify(loaded)}' ;; *) [ -e imported ] && echo '["${lower}"]' ;; esac ;;`,
      '"import -") cat >importing && mv importing imported ;;',
      '"load --quiet") cat >loading && mv loading loaded ;;',
      `"rmi ${name}") rm loaded ;;`,
      '"rmi --no-prune") rm imported ;;',
      "*) exit 9 ;;",
      "esac",
    ].join("\n"),
  });
  return { calls, file: (file: string) => join(folder, file) };
}

/** Turns the last bit of a file. */
function spoil(file: string): string {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(file, bytes);
  return hex(bytes);
}

const changed =
  "; it was changed after it was verified, or the disk gives back other bytes each time: copy the package to another disk";

describe("an image of a package", () => {
  it("is loaded: the lower layer by itself, and then the rest", async () => {
    const { source, image } = await packaged();
    const [lower = "", upper = ""] = image.layers.map(({ digest }) => digest);
    const engine = fakeEngine(lower, [lower, upper]);
    await loadPackagedImage(source, image, []);
    const names = (await entriesOf(readFileSync(engine.file("loaded")))).map((entry) => entry.name);
    expect(names).toContain(`blobs/${upper.replace(":", "/")}`);
    expect(names).not.toContain(`blobs/${lower.replace(":", "/")}`);
    expect(names).toContain("manifest.json");
  });

  it("is not made of a lower layer that is another one after it was verified", async () => {
    const { source, image } = await packaged();
    const engine = fakeEngine(image.layers[0]?.digest ?? "", []);
    const path = "images/lower.tar.002";
    const actual = spoil(join(source.folder, path));
    expect(await failureOf(loadPackagedImage(source, image, []))).toBe(
      `${path} is damaged: its sha256 is ${actual}, not ${source.files[path]?.sha256 ?? ""}${changed}`,
    );
    expect([existsSync(engine.file("imported")), existsSync(engine.file("loaded"))]).toEqual([false, false]);
    expect(engine.calls().filter((call) => call.startsWith("load"))).toEqual([]);
  });

  it("is not made of an upper layer that is another one after it was verified", async () => {
    const { source, image } = await packaged();
    const engine = fakeEngine(image.layers[0]?.digest ?? "", []);
    const path = "images/upper.tar.zst.000";
    spoil(join(source.folder, path));
    const message = await failureOf(loadPackagedImage(source, image, []));
    expect(message).toContain(path);
    expect(message).toContain(changed);
    expect(existsSync(engine.file("loaded"))).toBe(false);
  });

  it("is not made with a configuration that is another one after it was verified", async () => {
    const { source, image } = await packaged();
    const engine = fakeEngine(image.layers[0]?.digest ?? "", []);
    const path = "images/config.json.000";
    const actual = spoil(join(source.folder, path));
    expect(await failureOf(loadPackagedImage(source, image, []))).toBe(
      `${path} is damaged: its sha256 is ${actual}, not ${source.files[path]?.sha256 ?? ""}${changed}`,
    );
    expect(engine.calls().filter((call) => /^(load|import)/.test(call))).toEqual([]);
  });

  it("keeps no name in an engine that has made another image of it", async () => {
    const { source, image } = await packaged();
    const lower = image.layers[0]?.digest ?? "";
    const engine = fakeEngine(lower, [lower, sha256("other")]);
    expect(await failureOf(loadPackagedImage(source, image, []))).toBe(
      `The engine has loaded ${name} with other layers than the package has`,
    );
    expect(engine.calls().at(-1)).toBe(`rmi ${name}`);
    expect(existsSync(engine.file("loaded"))).toBe(false);
  });
});
