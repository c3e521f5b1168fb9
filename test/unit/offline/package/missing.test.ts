import { describe, expect, it } from "vitest";
import { missingRoom, type Present } from "../../../../offline/package/missing.ts";
import type { Content, PackagedImage } from "../../../../offline/package/manifest.ts";
import { toolNames, type ToolName } from "../../../../offline/package/manifest.ts";
import { contentNamed } from "../../support/package.ts";

const MiB = 1024 ** 2;

const nothing: Present = { images: [], tools: new Set(), version: false, leftovers: { bytes: 0, inodes: 0 } };

function image(name: string, ...layers: readonly Content[]): PackagedImage {
  return { name, id: "sha256:1", config: contentNamed(`${name} config`, 1), layers };
}

const digests = (layers: readonly Content[]) => layers.map(({ digest }) => digest);

const weights = contentNamed("weights", 10_000);
const base = contentNamed("base", 700);
const notices = contentNamed("notices", 30);
const server = image("server", weights, base, notices);
const gateway = image("gateway", contentNamed("alpine", 80), contentNamed("haproxy", 50));

const sizes: Readonly<Record<ToolName, number>> = { node: 120, modules: 60, pulumi: 200, plugins: 90, program: 7 };
const tools = Object.fromEntries(toolNames.map((name) => [name, contentNamed(name, sizes[name])])) as Record<
  ToolName,
  Content
>;
const manifest = { images: [server, gateway], tools };

/** Bytes that are missing of images. */
function images(present: Partial<Present>, packaged: readonly PackagedImage[] = manifest.images) {
  const { engine, containerd } = missingRoom({ images: packaged, tools }, { ...nothing, ...present }, {});
  return [engine.bytes, containerd.bytes];
}

describe("what is missing of the images", () => {
  it("is all of them in an empty engine, with the copy that is unpacked of the layers above the lowest", () => {
    expect(images({})).toEqual([10_000 + 2 * 730, 2 * (10_730 + 130)]);
    // The copy of the second one is the greater.
    const second = image("second", contentNamed("small", 1), contentNamed("large", 900));
    expect(images({}, [server, second])).toEqual([10_730 + 1 + 2 * 900, 2 * (10_730 + 901)]);
  });

  it("is not what the engine has, in whatever image, one layer above the other", () => {
    expect(images({ images: [digests([weights])] })).toEqual([2 * 730, 2 * (730 + 130)]);
    expect(images({ images: [digests([weights, base])] })).toEqual([30 + 80 + 2 * 50, 2 * (30 + 130)]);
    expect(images({ images: [digests(server.layers), digests(gateway.layers)] })).toEqual([0, 0]);
  });

  it("is a layer that the engine has above others", () => {
    expect(images({ images: [digests([base, notices])] })).toEqual(images({}));
  });

  it("is a layer that the package leaves out, when the engine has it above others", () => {
    const delta = image("server", contentNamed("other weights", 5000), { ...base, files: [] }, notices);
    expect(images({ images: [digests(server.layers)] }, [delta])).toEqual([5000 + 2 * 730, 2 * 5730]);
    const same = image("server", { ...weights, files: [] }, { ...base, files: [] }, contentNamed("new notices", 40));
    expect(images({ images: [digests(server.layers)] }, [same])).toEqual([2 * 40, 2 * 40]);
  });

  it("is counted once of what its images share", () => {
    const twin = image("twin", weights, base, contentNamed("other notices", 20));
    expect(images({}, [server, twin])).toEqual([10_000 + 2 * 730, 2 * (10_730 + 20)]);
  });

  it("is in the end without copies", () => {
    const { engine, containerd } = missingRoom(manifest, nothing, {});
    expect([engine.keptBytes, containerd.keptBytes]).toEqual([10_730 + 130, 2 * (10_730 + 130)]);
  });

  it("tells what is there, and the inodes of what is not", () => {
    const { engine } = missingRoom(
      manifest,
      { ...nothing, images: [digests([weights, base])] },
      {
        [base.digest]: 3000,
        [notices.digest]: 3,
      },
    );
    expect(engine).toEqual({ bytes: 210, inodes: 3 + 3 * 20, keptBytes: 160, thereBytes: 10_700 });
  });
});

describe("what is missing in the data folder", () => {
  const data = (present: Partial<Present>, inodes = {}) =>
    missingRoom(manifest, { ...nothing, ...present }, inodes).data;
  const all = new Set(digests(Object.values(tools)));
  const kept = (bytes: number) => ({ bytes, keptBytes: bytes });

  it("is all tools, and the program once more with room for what a version writes", () => {
    expect(data({})).toEqual({ ...kept(477 + 7 + 8 * MiB), inodes: 100, thereBytes: 0 });
  });

  it("is not what earlier versions have", () => {
    const tools = new Set(digests([manifest.tools.node, manifest.tools.modules]));
    expect(data({ tools })).toEqual({ ...kept(297 + 7 + 8 * MiB), inodes: 100, thereBytes: 180 });
    expect(data({ tools: all })).toEqual({ ...kept(7 + 8 * MiB), inodes: 100, thereBytes: 477 });
    expect(data({ tools: all, version: true })).toEqual({ ...kept(0), inodes: 0, thereBytes: 477 });
  });

  it("is less by what killed runs have left, which is removed first", () => {
    expect(data({ leftovers: { bytes: 400, inodes: 30 } })).toMatchObject({ bytes: 84 + 8 * MiB, inodes: 70 });
    expect(data({ tools: all, version: true, leftovers: { bytes: 400, inodes: 30 } })).toMatchObject({
      bytes: 0,
      inodes: 0,
    });
  });

  it("is more by the blocks that small files take", () => {
    const inodes = { [tools.modules.digest]: 9000, [tools.program.digest]: 200 };
    expect(data({}, inodes)).toEqual({
      ...kept(477 + 7 + 8 * MiB + 9400 * 4096),
      inodes: 9400 + 100,
      thereBytes: 0,
    });
  });
});

/** What a run leaves in the engine and in the data folder when it is killed at a stage, and what that takes of a disk. */
describe("a run again, on a disk that has just enough for the first, after one that was killed", () => {
  const inodes = { [tools.modules.digest]: 900, [tools.program.digest]: 20, [base.digest]: 300 };
  const sum = (contents: readonly Content[]) => contents.reduce((total, { size }) => total + size, 0);
  const unpacked = (...names: readonly ToolName[]) => names.map((name) => tools[name]);
  const allTools = new Set(digests(Object.values(tools)));
  const written = sum(Object.values(tools)) + 7;

  interface Stage {
    readonly present: Partial<Present>;
    /** Bytes of layers that the engine keeps. */
    readonly loaded: readonly Content[];
    /** Bytes that are taken in the data folder. */
    readonly data: number;
  }

  const done = { tools: allTools, version: true };
  const stages: Readonly<Record<string, Stage>> = {
    "before anything": { present: {}, loaded: [], data: 0 },
    "while tools are unpacked": {
      present: { leftovers: { bytes: sum(unpacked("node", "modules")), inodes: 920 } },
      loaded: [],
      data: sum(unpacked("node", "modules")),
    },
    "while trees get their names": {
      present: {
        tools: new Set(digests(unpacked("node"))),
        leftovers: { bytes: written - 7 - sizes.node, inodes: 1000 },
      },
      loaded: [],
      data: written - 7,
    },
    "after all is unpacked": { present: done, loaded: [], data: written },
    "while the weights are loaded": { present: done, loaded: [], data: written },
    "after the weights are loaded": {
      present: { ...done, images: [digests([weights])] },
      loaded: [weights],
      data: written,
    },
    "after one image is loaded": {
      present: { ...done, images: [digests(server.layers)] },
      loaded: server.layers,
      data: written,
    },
    "after all images are loaded": {
      present: { ...done, images: [digests(server.layers), digests(gateway.layers)] },
      loaded: [...server.layers, ...gateway.layers],
      data: written,
    },
    "after the trial, with its state": {
      present: { ...done, images: [digests(server.layers), digests(gateway.layers)] },
      loaded: [...server.layers, ...gateway.layers],
      data: written + MiB,
    },
    "after up": {
      present: { ...done, images: [digests(server.layers), digests(gateway.layers)] },
      loaded: [...server.layers, ...gateway.layers],
      data: written + 2 * MiB,
    },
  };

  it.each(Object.entries(stages))("%s", (_, { present, loaded, data }) => {
    const first = missingRoom(manifest, nothing, inodes);
    const again = missingRoom(manifest, { ...nothing, ...present }, inodes);
    const shared = {
      engine: first.engine.bytes + first.data.bytes,
      containerd: first.containerd.bytes + first.data.bytes,
    };
    for (const [store, factor] of [
      ["engine", 1],
      ["containerd", 2],
    ] as const) {
      const taken = factor * sum(loaded);
      expect(again[store].bytes).toBeLessThanOrEqual(first[store].bytes - taken);
      expect(again.data.bytes).toBeLessThanOrEqual(first.data.bytes - data);
      expect(again[store].bytes + again.data.bytes).toBeLessThanOrEqual(shared[store] - taken - data);
    }
  });
});
