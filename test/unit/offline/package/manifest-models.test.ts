import { describe, expect, it } from "vitest";
import * as z from "zod";
import { canonical, parsePackageManifest, type PackagedModel } from "../../../../offline/package/manifest.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { secondModel, testModel } from "../../support/model.ts";
import { manifestWith } from "../../support/package.ts";

/** How the version before there were several models reads the model of a manifest. */
const earlierModel = z.strictObject({
  name: z.string().min(1),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  blobs: z.array(
    z.object({
      mediaType: z.string(),
      digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
      size: z.int().nonnegative(),
    }),
  ),
});

const { config, weights, license, parameters } = { ...testModel, parameters: secondModel.parameters };
const first: PackagedModel = { name: testModel.name, digest: testModel.digest, blobs: [config, weights, license] };
const second: PackagedModel = {
  name: secondModel.name,
  digest: secondModel.digest,
  blobs: [secondModel.config, secondModel.weights, license, parameters],
};

const textOf = (...models: PackagedModel[]) => canonical(manifestWith({ models }));
const read = (text: string) => parsePackageManifest(text, "test");
const written = (text: string) => (JSON.parse(text) as { model: unknown }).model;

describe("the model of a manifest", () => {
  it("is written byte for byte as it was before there were several", () => {
    const lines = [config, weights, license].flatMap(({ mediaType, digest, size }, index) => [
      "      {",
      `        "digest": "${digest}",`,
      `        "mediaType": "${mediaType}",`,
      `        "size": ${size}`,
      index === 2 ? "      }" : "      },",
    ]);
    const text = textOf(first);
    const expected = [
      '  "model": {',
      '    "blobs": [',
      ...lines,
      "    ],",
      `    "digest": "${testModel.digest}",`,
      '    "name": "gemma3n:e4b"',
      "  },",
    ].join("\n");
    expect(text).toContain(`\n${expected}\n  "needs": {\n`);
    const { models, ...others } = manifestWith({ models: [first] });
    const [model] = models;
    expect(JSON.parse(text)).toEqual({ ...others, model });
  });

  it("is read back as it was written, also without blobs", () => {
    for (const model of [first, { ...first, blobs: [] }]) {
      const text = textOf(model);
      expect(read(text)).toEqual({ ...manifestWith({ models: [model] }), text, digest: sha256(text) });
    }
  });
});

describe("the models of a manifest", () => {
  const text = textOf(first, second);

  it("are written as the first with the blobs of all, each with its model where that is another", () => {
    const model = `embeddinggemma:300m@${secondModel.digest}`;
    expect(written(text)).toEqual({
      name: "gemma3n:e4b",
      digest: testModel.digest,
      blobs: [
        ...[config, weights, license],
        ...[secondModel.config, secondModel.weights, license, parameters].map((blob) => ({ ...blob, model })),
      ],
    });
  });

  it("are read back in their order, each with all of its blobs, also those that another has", () => {
    expect(read(text).models).toEqual([first, second]);
    expect(read(textOf(second, first)).models).toEqual([second, first]);
    expect(read(text)).toEqual({ ...manifestWith({ models: [first, second] }), text, digest: sha256(text) });
  });

  it("are told apart when they are one name of two digests", () => {
    const other = { ...first, digest: sha256("another"), blobs: [{ ...weights, digest: sha256("other weights") }] };
    expect(read(textOf(first, other)).models).toEqual([first, other]);
  });

  it("are read in a namespace, and without blobs of the first", () => {
    const models = [
      { ...first, blobs: [] },
      { ...second, name: "Some_one/Gemma.2:Q4_K_M" },
    ];
    expect(read(textOf(...models)).models).toEqual(models);
  });

  it("are one that the version before can read, with the blobs of all", () => {
    const found = earlierModel.parse(written(text));
    const all = [...first.blobs, ...second.blobs];
    expect(found).toEqual({ name: "gemma3n:e4b", digest: testModel.digest, blobs: all });
  });

  it("make another manifest in another order", () => {
    expect(textOf(second, first)).not.toBe(text);
  });
});
