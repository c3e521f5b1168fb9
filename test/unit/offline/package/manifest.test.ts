import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonical, contentsOf, parsePackageManifest, readManifest } from "../../../../offline/package/manifest.ts";
import { shortDigest } from "../../../../support/hashing.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { hex } from "../../support/bytes.ts";
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

/** The files that hold its contents. */
const files = Object.fromEntries(
  ["image config.000", "base.000"].map((name) => [name, { size: 1, sha256: hex(name) }]),
);

describe("the canonical text of a manifest", () => {
  it("has a key a line, in order at every depth, and ends with the line", () => {
    const some = { "b/c": { size: 2, sha256: "bb" }, a: { size: 1, sha256: "aa" } };
    const text = canonical(manifestWith({ files: some, images: [image] }));
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
    const read = parsePackageManifest(canonical(manifestWith({ images: [image], files })), "test");
    expect(read.images[0]?.layers.map(({ size }) => size)).toEqual([2, 3]);
  });

  it("sorts keys by their code units, whatever the language of the machine", () => {
    const some = Object.fromEntries(
      ["é", "z", "Z", "_", "a.000", "a-b"].map((name) => [name, { size: 1, sha256: "" }]),
    );
    const text = canonical(manifestWith({ files: some }));
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
    const manifest = manifestWith({ images: [image], files });
    const text = canonical(manifest);
    expect(parsePackageManifest(text, "test")).toEqual({ ...manifest, text, digest: sha256(text) });
    expect(canonical(manifest)).toBe(text);
  });
});

describe("a manifest", () => {
  it("is read from a folder, or from a file, with the digest of its text", async () => {
    const text = canonical(manifestWith());
    const old = canonical(manifestWith({ created: "2026-11-21T08:00:00.000Z" }));
    const folder = tempFolder({ "manifest.json": text, "old.json": old });
    expect(await readManifest(folder)).toEqual({ ...manifestWith(), text, digest: sha256(text) });
    expect((await readManifest(join(folder, "manifest.json"))).digest).toBe(sha256(text));
    expect((await readManifest(join(folder, "old.json"))).digest).toBe(sha256(old));
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

  const rewritten = canonical(manifestWith({ images: [image], files }));
  it.each([
    ["a key twice", rewritten.replace('  "format": 1,', '  "format": 1,\n  "format": 1,')],
    [
      "a file twice, of which a reader takes the first and another one the last",
      rewritten.replace(
        '    "base.000": {',
        `    "base.000": {\n      "sha256": "${hex("other")}",\n      "size": 1\n    },\n    "base.000": {`,
      ),
    ],
    ["another order", JSON.stringify(JSON.parse(rewritten), undefined, 2)],
    ["all in one line", JSON.stringify(JSON.parse(rewritten))],
    ["another indentation", rewritten.replaceAll(/^ +/gm, "\t")],
    ["Windows' line ends", rewritten.replaceAll("\n", "\r\n")],
    ["more at its end", `${rewritten}\n`],
    ["no end of its last line", rewritten.trimEnd()],
    ["a letter written as its number", rewritten.replace('"stack": "prod"', '"stack": "\\u0070rod"')],
  ])("is refused when it is written with %s", async (_, text) => {
    if (text === rewritten) throw new Error("Nothing was rewritten");
    const folder = tempFolder({ "manifest.json": text });
    expect(await failureOf(readManifest(folder))).toBe(
      `${folder}/manifest.json is not a package manifest: it was edited, as each key has to come once, in order and on a ` +
        "line of its own; copy the package again",
    );
  });

  it("keeps what the model's own manifest says of its blobs", async () => {
    const blob = { mediaType: "weights", digest: sha256("blob"), size: 1, annotations: { more: "of it" } };
    const text = canonical(manifestWith({ models: [{ name: "m", digest: sha256("model"), blobs: [blob] }] }));
    const folder = tempFolder({ "manifest.json": text });
    expect((await readManifest(folder)).text).toBe(text);
    expect(text).toContain('"more": "of it"');
  });

  it("is refused in other letters than UTF-8", async () => {
    const folder = tempFolder();
    const text = canonical(manifestWith({ versions: { 버전: "1" } }));
    for (const bytes of [Buffer.from(text, "utf16le"), Buffer.from(text.replace("버전", "\xff"), "latin1")]) {
      writeFileSync(join(folder, "manifest.json"), bytes);
      expect(await failureOf(readManifest(folder))).toMatch(
        /manifest\.json is not a package manifest: it is not (UTF-8|JSON); copy the package again$/,
      );
    }
  });

  const { models, ...others } = manifestWith({ images: [image], files });
  const whole = { ...others, model: models[0] };
  const { node } = whole.tools;
  const withFile = (size: number) => ({ ...whole, files: { ...files, x: { size, sha256: hex("x") } } });

  it.each<[string, unknown, string]>([
    ["another format", { ...whole, format: 2 }, "format: "],
    ["no format", { files: {} }, "format: "],
    ["a format that is a text", { ...whole, format: "1" }, "format: "],
    ["a date that is none", { ...whole, created: "yesterday" }, "created: "],
    ["no files", { ...whole, files: undefined }, "files: "],
    ["files that are nothing", { ...whole, files: null }, "files: "],
    ["nothing in it", { ...whole, files: {} }, "files.image config.000: every file that holds a content"],
    [
      "a content in a file that has the name of what every object has",
      { ...whole, tools: { ...whole.tools, node: { ...node, files: ["constructor"] } } },
      "files.constructor: every file that holds a content",
    ],
    ["no images", { ...whole, images: [] }, "images: "],
    ["a tool missing", { ...whole, tools: { node } }, "tools.modules: "],
    ["a tool too many", { ...whole, tools: { ...whole.tools, sh: node } }, "tools: "],
    ["a digest that is none", { ...whole, config: "sha256:0" }, "config: sha256: and 64 hexadecimal digits"],
    ["a length below zero", withFile(-1), "files.x.size: "],
    ["a length that no file has", withFile(1e300), "files.x.size: "],
    ["a key that nobody knows", { ...whole, run: "sh" }, "it: "],
    ["no model", { ...whole, model: undefined }, "model: "],
    ["its models in another form than it is written in", { ...others, models }, "model: "],
    [
      "a blob of a model without a digest",
      {
        ...whole,
        model: { ...models[0], blobs: [{ mediaType: "", digest: sha256("blob"), size: 1, model: "bge-m3:567m" }] },
      },
      "model.blobs.0.model: a model and its digest",
    ],
    ["an image's configuration", { architecture: "amd64" }, "format: "],
    ["a list", [], "it: "],
    ["nothing", null, "it: "],
    ["a text", "format", "it: "],
    ["a number", 1, "it: "],
  ])("is refused with %s", async (_, content, where) => {
    const folder = tempFolder({ "manifest.json": JSON.stringify(content) });
    const message = await failureOf(readManifest(folder));
    expect(message).toContain(
      `${folder}/manifest.json is not a package manifest of format 1, which is the one this program reads: ${where}`,
    );
    expect(message).toMatch(/; copy the package again$/);
  });

  it.each(["../../../../etc/hostname", "/etc/hostname", "a/../../b", "a//b", "a\\b", "a/./b", "a\nb", ""])(
    "is refused with a file outside the package: %j",
    async (path) => {
      const content = { ...whole, files: { ...files, [path]: { size: 1, sha256: hex("x") } } };
      const folder = tempFolder({ "manifest.json": JSON.stringify(content) });
      expect(await failureOf(readManifest(folder))).toContain(`files.${path}`);
    },
  );

  it("is named by the first 12 digits of its digest", () => {
    expect(shortDigest(`sha256:0123456789abcdef${"0".repeat(48)}`)).toBe("0123456789ab");
  });

  it("lists the contents of its images and tools, each image's configuration first", () => {
    const manifest = manifestWith({ images: [image] });
    const { node, modules, pulumi, plugins, program } = manifest.tools;
    expect(contentsOf(manifest)).toEqual([image.config, ...image.layers, node, modules, pulumi, plugins, program]);
  });
});
