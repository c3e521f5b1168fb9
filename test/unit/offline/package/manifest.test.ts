import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonical, contentsOf, parsePackageManifest, readManifest } from "../../../../offline/package/manifest.ts";
import { shortDigest } from "../../../../support/hashing.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { contentNamed, manifestWith } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

/** The same value with the keys of every object turned round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

const image = {
  name: "localhost/gemma:1",
  id: sha256("id"),
  config: contentNamed("image config", 1),
  layers: [contentNamed("weights", 2, []), contentNamed("base", 3)],
};

describe("the canonical text of a manifest", () => {
  it("has a key a line, in order at every depth, and ends with the line", () => {
    const files = { "b/c": { size: 2, sha256: "bb" }, a: { size: 1, sha256: "aa" } };
    const text = canonical(manifestWith({ files, images: [image] }));
    expect(text.split("\n").slice(0, 16)).toEqual([
      "{",
      `  "config": "${sha256("config")}",`,
      '  "created": "2026-11-22T08:00:00.000Z",',
      '  "files": {',
      '    "a": {',
      '      "sha256": "aa",',
      '      "size": 1',
      "    },",
      '    "b/c": {',
      '      "sha256": "bb",',
      '      "size": 2',
      "    }",
      "  },",
      '  "format": 1,',
      '  "images": [',
      "    {",
    ]);
    expect(text).toMatch(/\n {2}\}\n\}\n$/);
  });

  it("keeps the order of lists", () => {
    const read = parsePackageManifest(canonical(manifestWith({ images: [image] })), "test");
    expect(read.images[0]?.layers.map(({ size }) => size)).toEqual([2, 3]);
  });

  it("sorts keys by their code units, whatever the language of the machine", () => {
    const files = Object.fromEntries(
      ["é", "z", "Z", "_", "a.000", "a-b"].map((name) => [name, { size: 1, sha256: "" }]),
    );
    const text = canonical(manifestWith({ files }));
    const names = [...text.matchAll(/^ {4}"(.+)": \{$/gm)].map(([, name]) => name).slice(0, 6);
    expect(names).toEqual(["Z", "_", "a-b", "a.000", "z", "é"]);
  });

  it("is the same for the same content in another order", () => {
    const manifest = manifestWith({ images: [image] });
    const other = reversed(manifest) as typeof manifest;
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(manifest));
    expect(canonical(other)).toBe(canonical(manifest));
  });

  it("is another one for another content", () => {
    expect(canonical(manifestWith({ stack: "dev" }))).not.toBe(canonical(manifestWith()));
  });

  it("reads back as the same manifest", () => {
    const manifest = manifestWith({ images: [image] });
    const text = canonical(manifest);
    expect(parsePackageManifest(text, "test")).toEqual({ ...manifest, digest: sha256(text) });
    expect(canonical(manifest)).toBe(text);
  });
});

describe("a manifest", () => {
  it("is read from a folder, or from a file, with the digest of its text", async () => {
    const text = canonical(manifestWith());
    const folder = tempFolder({ "manifest.json": text, "old.json": `${text}\n` });
    expect(await readManifest(folder)).toEqual({ ...manifestWith(), digest: sha256(text) });
    expect((await readManifest(join(folder, "manifest.json"))).digest).toBe(sha256(text));
    expect((await readManifest(join(folder, "old.json"))).digest).toBe(sha256(`${text}\n`));
  });

  it("is missing where there is none", async () => {
    const folder = tempFolder();
    const none = `There is no package manifest at ${folder}/manifest.json: ENOENT`;
    expect(await failureOf(readManifest(folder))).toBe(none);
    expect(await failureOf(readManifest(join(folder, "manifest.json")))).toBe(none);
    expect(await failureOf(readManifest(join(folder, "not-there")))).toBe(
      `There is no package manifest at ${folder}/not-there/manifest.json: ENOENT`,
    );
  });

  it("is refused when it was cut", async () => {
    const folder = tempFolder({ "manifest.json": canonical(manifestWith()).slice(0, -2) });
    expect(await failureOf(readManifest(folder))).toBe(
      `${folder}/manifest.json is not a package manifest: it is not JSON; copy the package again`,
    );
  });

  it.each([
    ["another format", { ...manifestWith(), format: 2 }],
    ["no format", { files: {} }],
    ["a format that is a text", { ...manifestWith(), format: "1" }],
    ["no files", { format: 1 }],
    ["files that are nothing", { format: 1, files: null }],
    ["an image's configuration", { architecture: "amd64" }],
    ["a list", []],
    ["nothing", null],
    ["a text", "format"],
    ["a number", 1],
  ])("is refused with %s", async (_, content) => {
    const folder = tempFolder({ "manifest.json": JSON.stringify(content) });
    expect(await failureOf(readManifest(folder))).toBe(
      `${folder}/manifest.json is not a package manifest of format 1, which is the one this program reads`,
    );
  });

  it("is named by the first 12 digits of its digest", () => {
    expect(shortDigest(`sha256:0123456789abcdef${"0".repeat(48)}`)).toBe("0123456789ab");
  });

  it("lists the contents of its images and tools, each image's configuration first", () => {
    const manifest = manifestWith({ images: [image] });
    const { node, modules, pulumi, plugins, program } = manifest.tools;
    expect(contentsOf(manifest)).toEqual([image.config, ...image.layers, node, modules, pulumi, plugins, program]);
  });
});
