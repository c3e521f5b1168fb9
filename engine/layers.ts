import { docker, tryDocker } from "./docker.ts";
import { currentEndpoint } from "./endpoint.ts";
import { ask } from "./facts.ts";

/** Whether the engine keeps images in containerd's store, which takes no layer that came by `docker import`. */
export async function hasContainerdStore(): Promise<boolean> {
  return (await docker("info", "--format", "{{json .DriverStatus}}")).includes("io.containerd.snapshotter");
}

/** What containerd's store tells of an image since Docker 28. */
interface ImageManifests {
  readonly Manifests?: readonly { readonly Available: boolean; readonly Kind: string }[];
}

/** Whether the engine has all that an image is made of: containerd's store also takes one whose layers it has unpacked only, or not at all. */
export async function isWhole(image: string): Promise<boolean> {
  if (!(await hasContainerdStore())) return true;
  const path = `/images/${image}/json?manifests=1`;
  const found = await ask<ImageManifests>(await currentEndpoint(), path).catch(() => ({ Manifests: [] }));
  return found.Manifests?.some(({ Available, Kind }) => Available && Kind === "image") ?? true;
}

/** Digests of the layers of an image, lowest first; undefined when the engine does not have it. */
export async function layersOf(image: string): Promise<readonly string[] | undefined> {
  const layers = await tryDocker("image", "inspect", "--format", "{{json .RootFS.Layers}}", image);
  return layers === undefined ? undefined : (JSON.parse(layers) as string[]);
}

/** The layers of every image in the engine, lowest first. */
export async function allLayers(): Promise<readonly (readonly string[])[]> {
  const ids = (await docker("image", "ls", "--all", "--quiet", "--no-trunc")).split("\n").filter((id) => id !== "");
  const all = await Promise.all([...new Set(ids)].map(layersOf));
  return all.filter((layers) => layers !== undefined);
}

/** How many of an image's lowest layers the engine has, one above the other, in one image. */
export async function presentLayers(wanted: readonly string[]): Promise<number> {
  const shared = (await allLayers()).map((layers) => {
    const different = wanted.findIndex((digest, index) => layers[index] !== digest);
    return different < 0 ? wanted.length : different;
  });
  return Math.max(0, ...shared);
}
