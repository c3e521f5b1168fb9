import { sha256 } from "../support/hashing.ts";
import type { ImageConfig } from "./image-config.ts";
import type { TarEntry } from "./tar.ts";

/** A file with a layer, in the words of OCI. */
export interface LayerDescriptor {
  readonly mediaType: string;
  /** Digest of the file, which is the layer's own when it is not compressed. */
  readonly digest: string;
  /** Length of the file, bytes. */
  readonly size: number;
}

/** What the end of an archive for `docker load` says about its image. */
export interface ArchiveEnd {
  /** Name and tag. */
  readonly name: string;
  /** A further name, which the engine gives it at the same moment. */
  readonly ownName?: string | undefined;
  /** Text of the configuration, whose sha256 is the image's ID in an engine that stores layers. */
  readonly config: string;
  /** Names of layers in the archive by their digests, where they are not {@link layerFile}. */
  readonly files?: ReadonlyMap<string, string>;
  /** The files of all layers by the layers' digests; an engine before 25, which saves none, needs none. */
  readonly descriptors?: ReadonlyMap<string, LayerDescriptor>;
}

/** Name of a layer in an archive, by the digest of its uncompressed content. */
export function layerFile(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/** The file of a layer that is not compressed. */
export function plainLayer({ digest, size }: Pick<LayerDescriptor, "digest" | "size">): LayerDescriptor {
  return { mediaType: media("layer.v1.tar"), digest, size };
}

/**
 * The last entries of an archive for `docker load`, after those of its layers: one that every engine takes, in OCI's
 * layout and with the manifest that engines before 25 read.
 *
 * Layers that the engine has may be missing: with storage drivers those in the same place above the same others, with
 * containerd's store those whose files it has, and only with descriptors.
 */
export function archiveEnd(end: ArchiveEnd): TarEntry[] {
  const { config, files } = end;
  const configFile = layerFile(sha256(config));
  const layers = layersOf(config).map((digest) => files?.get(digest) ?? layerFile(digest));
  const manifest = [{ Config: configFile, RepoTags: namesOf(end), Layers: layers }];
  return [entry(configFile, config), ...ociEnd(end), entry("manifest.json", JSON.stringify(manifest))];
}

function ociEnd(end: ArchiveEnd): TarEntry[] {
  const { config, descriptors } = end;
  const layers = layersOf(config).map((digest) => descriptors?.get(digest));
  if (!layers.every((layer) => layer !== undefined)) return [];
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: media("manifest.v1+json"),
    config: { mediaType: media("config.v1+json"), digest: sha256(config), size: Buffer.byteLength(config) },
    layers,
  });
  const manifests = namesOf(end).map((each) => ({
    mediaType: media("manifest.v1+json"),
    digest: sha256(manifest),
    size: Buffer.byteLength(manifest),
    annotations: {
      "io.containerd.image.name": each,
      "org.opencontainers.image.ref.name": each.slice(each.lastIndexOf(":") + 1),
    },
  }));
  const index = { schemaVersion: 2, mediaType: media("index.v1+json"), manifests };
  return [
    entry(layerFile(sha256(manifest)), manifest),
    entry("index.json", JSON.stringify(index)),
    entry("oci-layout", JSON.stringify({ imageLayoutVersion: "1.0.0" })),
  ];
}

function media(type: string): string {
  return `application/vnd.oci.image.${type}`;
}

/** The owner's first: an image that has its name is one that somebody keeps. */
function namesOf({ name, ownName }: ArchiveEnd): string[] {
  return ownName === undefined ? [name] : [ownName, name];
}

function layersOf(config: string): readonly string[] {
  return (JSON.parse(config) as ImageConfig).rootfs.diff_ids;
}

function entry(name: string, content: string): TarEntry {
  return { header: { name }, content };
}
