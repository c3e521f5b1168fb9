import { sha256 } from "../support/hashing.ts";
import type { ImageConfig } from "./image-config.ts";
import type { TarEntry } from "./tar.ts";

/** What the end of an archive for `docker load` says about its image. */
export interface ArchiveEnd {
  /** Name and tag. */
  readonly name: string;
  /** A further name, which the engine gives it at the same moment. */
  readonly ownName?: string | undefined;
  /** Text of the configuration, whose sha256 is the image's ID. */
  readonly config: string;
  /** Names of layers in the archive, where they are not {@link layerFile}. */
  readonly files?: ReadonlyMap<string, string>;
}

/** Name of a layer in an archive, by the digest of its uncompressed content. */
export function layerFile(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}

/**
 * The last entries of an archive for `docker load`, after those of its layers.
 *
 * An engine that stores layers lets those be missing which it has in the same place above the same others.
 */
export function archiveEnd({ name, ownName, config, files }: ArchiveEnd): TarEntry[] {
  const configFile = layerFile(sha256(config));
  const layers = layersOf(config).map((digest) => files?.get(digest) ?? layerFile(digest));
  const manifest = [{ Config: configFile, RepoTags: namesOf({ name, ownName }), Layers: layers }];
  return [entry(configFile, config), entry("manifest.json", JSON.stringify(manifest))];
}

/**
 * More entries for the end of an archive whose layers are uncompressed, in the words of OCI.
 *
 * containerd's image store lets layers be missing only when the archive has these.
 * @param sizes - lengths of the layers, bytes
 */
export function ociEnd({ name, ownName, config }: ArchiveEnd, sizes: ReadonlyMap<string, number>): TarEntry[] {
  const media = (type: string) => `application/vnd.oci.image.${type}`;
  const layers = layersOf(config).map((digest) => ({
    mediaType: media("layer.v1.tar"),
    digest,
    size: sizes.get(digest) ?? 0,
  }));
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: media("manifest.v1+json"),
    config: { mediaType: media("config.v1+json"), digest: sha256(config), size: Buffer.byteLength(config) },
    layers,
  });
  const manifests = namesOf({ name, ownName }).map((each) => ({
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

/** The owner's first: an image that has its name is one that somebody keeps. */
function namesOf({ name, ownName }: Pick<ArchiveEnd, "name" | "ownName">): string[] {
  return ownName === undefined ? [name] : [ownName, name];
}

function layersOf(config: string): readonly string[] {
  return (JSON.parse(config) as ImageConfig).rootfs.diff_ids;
}

function entry(name: string, content: string): TarEntry {
  return { header: { name }, content };
}
