import { describe, expect, it } from "vitest";
import type { PackagedImage } from "../../../../offline/package/manifest.ts";
import {
  foreignContainers,
  foreignImages,
  movedNames,
  recordedImages,
  type Found,
} from "../../../../operations/drift/images.ts";

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const short = (letter: string) => letter.repeat(12);
const content = (letter: string) => ({ digest: digest(letter), size: 1, compression: "none" as const, files: [] });

const command = (script: string, stdin: object, stdout: string) => ({
  type: "command:local:Command",
  inputs: { create: `node commands/${script}`, stdin: JSON.stringify(stdin) },
  outputs: { stdout },
});

describe("recordedImages", () => {
  it("finds the names that steps and the provider have given", () => {
    const resources = [
      command("build-image.ts", { image: "localhost/gemma/ollama:1", baseImage: "b" }, digest("1")),
      command("build-usher.ts", { image: "localhost/gemma/usher:1", baseImage: "b" }, digest("2")),
      command("tag-image.ts", { image: "haproxy:3", localName: "localhost/gemma/gateway:1" }, digest("3")),
      // What it prints is the digest of a model.
      command("pull-models.ts", { image: "x", models: [] }, digest("4")),
      { type: "docker:index/remoteImage:RemoteImage", inputs: { name: "ollama:1" }, outputs: { imageId: digest("5") } },
      { ...command("tag-image.ts", { image: "haproxy:2", localName: "old" }, digest("6")), delete: true },
    ];
    expect(recordedImages({ resources })).toEqual([
      { name: "localhost/gemma/ollama:1", id: digest("1") },
      { name: "localhost/gemma/usher:1", id: digest("2") },
      { name: "localhost/gemma/gateway:1", id: digest("3") },
      { name: "ollama:1", id: digest("5") },
    ]);
  });
});

const has = (id: string, ...layers: string[]): Found => ({ Id: digest(id), RootFS: { Layers: layers.map(digest) } });

describe("movedNames", () => {
  it("names what leads elsewhere, or nowhere", () => {
    const recorded = ["same", "moved", "gone"].map((name) => ({ name, id: digest("1") }));
    const found = new Map([
      ["same", has("1", "a")],
      ["moved", has("2", "a")],
    ]);
    expect(movedNames(recorded, found)).toEqual([
      { of: "moved", key: "image", deployed: digest("1"), now: digest("2") },
      { of: "gone", key: "image", deployed: digest("1"), now: "gone" },
    ]);
  });
});

const packaged: PackagedImage[] = [
  { name: "server", id: digest("1"), config: content("0"), layers: [content("a"), content("b")] },
];

describe("foreignImages", () => {
  const compared = (image: Found, byContent = false) =>
    foreignImages(packaged, new Map([["server", image]]), byContent);

  it("compares IDs and layers", () => {
    expect(compared(has("1", "a", "b"))).toEqual([]);
    expect(compared(undefined)).toEqual([{ of: "server", key: "image", deployed: digest("1"), now: "gone" }]);
    expect(compared(has("2", "a", "b"))).toEqual([
      { of: "server", key: "image", deployed: digest("1"), now: digest("2") },
    ]);
    expect(compared(has("1", "a", "c"))).toEqual([
      { of: "server", key: "layers", deployed: `${short("a")} ${short("b")}`, now: `${short("a")} ${short("c")}` },
    ]);
  });

  it("compares layers alone in a store that calls images by another digest", () => {
    expect(compared(has("2", "a", "b"), true)).toEqual([]);
    expect(compared(has("1", "a"), true)).toHaveLength(1);
  });
});

describe("foreignContainers", () => {
  it("names those that run what the package has not brought", () => {
    const containers = [
      { name: "one", image: has("9", "a", "b") },
      { name: "two", image: has("1", "a") },
      { name: "three", image: undefined },
    ];
    expect(foreignContainers(packaged, containers)).toEqual([
      { of: "two", key: "image", deployed: "one of the package", now: digest("1") },
      { of: "three", key: "image", deployed: "one of the package", now: "gone" },
    ]);
  });
});
