import { describe, expect, it } from "vitest";
import { archiveEnd, layerFile, plainLayer } from "../../../docker/load-archive.ts";
import { sha256 } from "../../../support/hashing.ts";

const name = "localhost/gemma/gemma3n:e4b-0123456789ab";
const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: ["sha256:01", "sha256:02", "sha256:01"] } });
const configFile = `blobs/sha256/${sha256(config).slice(7)}`;

const manifest = (layers: readonly string[]) =>
  JSON.stringify([{ Config: configFile, RepoTags: [name], Layers: layers }]);

const sizes = [
  ["sha256:01", 1024],
  ["sha256:02", 5_000_000_000],
  ["sha256:03", 1],
] as const;
const descriptors = new Map(sizes.map(([digest, size]) => [digest, plainLayer({ digest, size })]));

describe("layerFile", () => {
  it("is where an OCI layout has a layer", () => {
    expect(layerFile("sha256:0123")).toBe("blobs/sha256/0123");
  });
});

describe("archiveEnd", () => {
  it("is the configuration under its digest, and a manifest with every layer, lowest first", () => {
    expect(archiveEnd({ name, config })).toEqual([
      { header: { name: configFile }, content: config },
      {
        header: { name: "manifest.json" },
        content: manifest(["blobs/sha256/01", "blobs/sha256/02", "blobs/sha256/01"]),
      },
    ]);
  });

  it("names layers as they are named in the archive, and the others by their digest", () => {
    const files = new Map([
      ["sha256:01", "a/layer.tar"],
      ["sha256:03", "c/layer.tar"],
    ]);
    expect(archiveEnd({ name, config, files })).toEqual([
      { header: { name: configFile }, content: config },
      { header: { name: "manifest.json" }, content: manifest(["a/layer.tar", "blobs/sha256/02", "a/layer.tar"]) },
    ]);
  });

  it("gives the image its owner's name first, so that it never has its own alone", () => {
    const [, entry] = archiveEnd({ name, ownName: "localhost/gemma/used-by:owner-1", config });
    expect(entry?.content).toContain(
      JSON.stringify({ RepoTags: ["localhost/gemma/used-by:owner-1", name] }).slice(1, -1),
    );
    const end = archiveEnd({ name, ownName: "localhost/gemma/used-by:owner-1", config, descriptors });
    const index = end[2]?.content as string;
    const { manifests } = JSON.parse(index) as { manifests: { digest: string; annotations: Record<string, string> }[] };
    expect(manifests.map(({ annotations }) => Object.values(annotations))).toEqual([
      ["localhost/gemma/used-by:owner-1", "owner-1"],
      [name, "e4b-0123456789ab"],
    ]);
    expect(new Set(manifests.map(({ digest }) => digest)).size).toBe(1);
  });

  it("has the configuration as it was given, byte by byte", () => {
    const spaced = JSON.stringify(JSON.parse(config), null, 2);
    const [entry] = archiveEnd({ name, config: spaced });
    expect(entry).toEqual({ header: { name: `blobs/sha256/${sha256(spaced).slice(7)}` }, content: spaced });
  });
});

describe("archiveEnd with the layers' files", () => {
  const layer = (digest: string, size: number) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest,
    size,
  });

  it("is a manifest under its digest, an index that gives it the image's name, and the layout's version", () => {
    const accented = config.replace("}}", '},"author":"é"}');
    expect(accented).not.toBe(config);
    const entries = archiveEnd({ name, config: accented, descriptors });
    const [, manifest, index, layout, ...more] = entries.map((entry) => ({
      name: entry.header.name,
      text: entry.content as string,
    }));
    if (!manifest || !index || !layout) throw new Error("an entry is missing");

    expect(manifest.name).toBe(`blobs/sha256/${sha256(manifest.text).slice(7)}`);
    expect(JSON.parse(manifest.text)).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: sha256(accented),
        size: Buffer.from(accented).length,
      },
      layers: [layer("sha256:01", 1024), layer("sha256:02", 5_000_000_000), layer("sha256:01", 1024)],
    });

    expect(index.name).toBe("index.json");
    expect(JSON.parse(index.text)).toEqual({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        {
          mediaType: "application/vnd.oci.image.manifest.v1+json",
          digest: sha256(manifest.text),
          size: manifest.text.length,
          annotations: {
            "io.containerd.image.name": name,
            "org.opencontainers.image.ref.name": "e4b-0123456789ab",
          },
        },
      ],
    });

    expect(layout).toEqual({ name: "oci-layout", text: '{"imageLayoutVersion":"1.0.0"}' });
    expect(more.map((entry) => entry.name)).toEqual(["manifest.json"]);
  });

  it("tells of a compressed file its own digest, and of the layer the digest in the configuration", () => {
    const gzip = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: "sha256:0a", size: 7 };
    const entries = archiveEnd({ name, config, descriptors: new Map([...descriptors, ["sha256:02", gzip]]) });
    const { layers } = JSON.parse(entries[1]?.content as string) as { layers: unknown[] };
    expect(layers).toEqual([layer("sha256:01", 1024), gzip, layer("sha256:01", 1024)]);
  });

  it("is for engines before 25 alone when the file of one layer is not known", () => {
    const some = new Map([...descriptors].slice(0, 1));
    expect(archiveEnd({ name, config, descriptors: some }).map((entry) => entry.header.name)).toEqual([
      configFile,
      "manifest.json",
    ]);
  });

  it("has the tag alone as reference where the registry has a port", () => {
    const end = archiveEnd({ name: "localhost:5000/x:1", config, descriptors });
    const index = end.at(2)?.content as string;
    expect(JSON.parse(index)).toMatchObject({
      manifests: [
        {
          annotations: {
            "io.containerd.image.name": "localhost:5000/x:1",
            "org.opencontainers.image.ref.name": "1",
          },
        },
      ],
    });
  });
});
