import { MiB } from "../../support/units.ts";
import type { Missing, MissingRoom, Room } from "../preflight/room.ts";
import type { Content, PackagedImage, PackageManifest } from "./manifest.ts";

/** What a host has of a package, from earlier packages and from runs that were killed. */
export interface Present {
  /** Layers of each image in the engine, lowest first. */
  readonly images: readonly (readonly string[])[];
  /** Digests of the tools that are unpacked, and as they were written. */
  readonly tools: ReadonlySet<string>;
  /** Whether the version is unpacked. */
  readonly version: boolean;
  /** What killed runs have left of trees, and the next run removes first. */
  readonly leftovers: Room;
}

/** How many inodes each content takes, by digest; nothing of what is unknown. */
export type Inodes = Readonly<Record<string, number>>;

/** What a small file takes at most beside its bytes. */
const blockBytes = 4096;

/** More than what the engine itself was seen to write for a layer: its folders, links and records. */
const layerInodes = 20;

/** More than scripts, manifest and lists of a version were seen to take, and the state of its stack. */
const versionRoom: Room = { bytes: 8 * MiB, inodes: 100 };

/** What a deployment of a package writes, given what is there: a run that fits a disk at its start fits it after every kill. */
export function missingRoom(
  { images, tools }: Pick<PackageManifest, "images" | "tools">,
  present: Present,
  inodes: Inodes,
): MissingRoom {
  return {
    engine: missingImages(images, present, inodes, storageDriver),
    containerd: missingImages(images, present, inodes, containerdStore),
    data: missingData(tools, present, inodes),
  };
}

/** What layers take in the engine: in the end, and for as long as they are loaded. */
type Store = (
  missing: readonly Content[],
  lowest: Content | undefined,
) => { readonly kept: number; readonly peak: number };

/** `docker load` first unpacks a copy of what it is given; the lowest layer comes by `docker import`, which makes none. */
const storageDriver: Store = (missing, lowest) => {
  const kept = sizeOf(missing);
  return { kept, peak: kept + sizeOf(missing.filter((layer) => layer !== lowest)) };
};

/** containerd keeps a layer and its unpacked files. */
const containerdStore: Store = (missing) => ({ kept: 2 * sizeOf(missing), peak: 2 * sizeOf(missing) });

/** Images are loaded one after another; layers are shared where all below them are the same, too. */
function missingImages(images: readonly PackagedImage[], present: Present, inodes: Inodes, store: Store): Missing {
  const stacks = [...present.images];
  let kept = 0;
  let room: Missing = { bytes: 0, inodes: 0, keptBytes: 0, thereBytes: 0 };
  for (const { layers } of images) {
    const count = sharedLayers(layers, stacks);
    const missing = layers.slice(count);
    const added = store(missing, layers[0]);
    room = {
      bytes: Math.max(room.bytes, kept + added.peak),
      inodes: room.inodes + inodesOf(missing, inodes) + layerInodes * missing.length,
      keptBytes: kept + added.kept,
      thereBytes: room.thereBytes + sizeOf(layers.slice(0, count)),
    };
    kept += added.kept;
    stacks.push(layers.map(({ digest }) => digest));
  }
  return room;
}

/** How many of an image's lowest layers some image has, one above the other. */
function sharedLayers(layers: readonly Content[], stacks: readonly (readonly string[])[]): number {
  const shared = stacks.map((stack) => {
    const different = layers.findIndex(({ digest }, index) => stack[index] !== digest);
    return different < 0 ? layers.length : different;
  });
  return Math.max(0, ...shared);
}

function missingData(tools: PackageManifest["tools"], present: Present, inodes: Inodes): Missing {
  const contents = Object.values(tools);
  const missing = contents.filter(({ digest }) => !present.tools.has(digest));
  // A version has a copy of its program.
  const written = [...missing, ...(present.version ? [] : [tools.program])];
  const count = inodesOf(written, inodes);
  const own = present.version ? { bytes: 0, inodes: 0 } : versionRoom;
  const bytes = Math.max(0, sizeOf(written) + count * blockBytes + own.bytes - present.leftovers.bytes);
  return {
    bytes,
    inodes: Math.max(0, count + own.inodes - present.leftovers.inodes),
    keptBytes: bytes,
    thereBytes: sizeOf(contents) - sizeOf(missing),
  };
}

function sizeOf(contents: readonly Content[]): number {
  return contents.reduce((sum, { size }) => sum + size, 0);
}

function inodesOf(contents: readonly Content[], inodes: Inodes): number {
  return contents.reduce((sum, { digest }) => sum + (inodes[digest] ?? 0), 0);
}
