import { describe, expect, it } from "vitest";
import { archiveEnd, layerFile, ociEnd } from "../../../docker/load-archive.ts";
import { sha256 } from "../../../support/hashing.ts";

const name = "localhost/gemma/gemma3n:e4b-0123456789ab";
const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: ["sha256:01", "sha256:02", "sha256:01"] } });
const configFile = `blobs/sha256/${sha256(config).slice(7)}`;

const manifest = (layers: readonly string[]) =>
  JSON.stringify([{ Config: configFile, RepoTags: [name], Layers: layers }]);

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
    const index = ociEnd({ name, ownName: "localhost/gemma/used-by:owner-1", config }, new Map())[1]?.content as string;
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

describe("ociEnd", () => {
  const sizes = new Map([
    ["sha256:01", 1024],
    ["sha256:02", 5_000_000_000],
    ["sha256:03", 1],
  ]);
  const layer = (digest: string, size: number) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest,
    size,
  });

  it("is a manifest under its digest, an index that gives it the image's name, and the layout's version", () => {
    const accented = config.replace("}}", '},"author":"é"}');
    expect(accented).not.toBe(config);
    const [manifest, index, layout, ...more] = ociEnd({ name, config: accented }, sizes).map((entry) => ({
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
    expect(more).toEqual([]);
  });

  it("has the tag alone as reference where the registry has a port", () => {
    const index = ociEnd({ name: "localhost:5000/x:1", config }, sizes).at(1)?.content as string;
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
