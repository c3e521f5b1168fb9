import type { PackagedImage } from "../../offline/package/manifest.ts";
import type { Deployment } from "../../runner/local-state.ts";
import { shortDigest } from "../../support/hashing.ts";
import type { Difference } from "./compare.ts";

/** The parts of `docker image inspect` that are compared. */
export interface InspectedImage {
  readonly Id: string;
  readonly RootFS: { readonly Layers?: readonly string[] };
}

/** An image as the engine has it under a name now, undefined when it has none. */
export type Found = InspectedImage | undefined;

/** A name of an image, and the ID that it had as it was deployed. */
export interface RecordedImage {
  readonly name: string;
  readonly id: string;
}

/** Steps that name or build an image and print its ID. */
const imageStep = /commands\/(?:tag-image|build-[a-z]+)\.ts/;

/** The names of images that Pulumi has written down. */
export function recordedImages({ resources = [] }: Deployment): RecordedImage[] {
  return resources.flatMap(({ type, delete: goes, inputs = {}, outputs = {} }): RecordedImage[] => {
    if (goes === true) return [];
    if (type === "docker:index/remoteImage:RemoteImage")
      return [{ name: String(inputs["name"]), id: String(outputs["imageId"]) }];
    const { create, stdin } = inputs;
    const { stdout } = outputs;
    if (typeof create !== "string" || !imageStep.test(create)) return [];
    if (typeof stdin !== "string" || typeof stdout !== "string") return [];
    const { image = "", localName = image } = JSON.parse(stdin) as { image?: string; localName?: string };
    return [{ name: localName, id: stdout }];
  });
}

/** Names that lead to another image than they did, or to none. */
export function movedNames(recorded: readonly RecordedImage[], found: ReadonlyMap<string, Found>): Difference[] {
  return recorded.flatMap(({ name, id }) => changed(name, id, found.get(name)?.Id));
}

/**
 * Names that lead to another image than the package has, or to none.
 * @param byContent - whether the engine calls images by another digest than that of their configuration
 */
export function foreignImages(
  packaged: readonly PackagedImage[],
  found: ReadonlyMap<string, Found>,
  byContent: boolean,
): Difference[] {
  return packaged.flatMap(({ name, id, layers }) => {
    const image = found.get(name);
    if (image === undefined || (!byContent && image.Id !== id)) return changed(name, id, image?.Id);
    if (isOf(image, layers)) return [];
    const lists = [layers.map(({ digest }) => digest), image.RootFS.Layers ?? []];
    const [deployed = "", now = ""] = lists.map((list) => list.map(shortDigest).join(" "));
    return [{ of: name, key: "layers", deployed, now }];
  });
}

/** Containers whose image has other layers than any of the package. */
export function foreignContainers(
  packaged: readonly PackagedImage[],
  containers: readonly { readonly name: string; readonly image: Found }[],
): Difference[] {
  return containers.flatMap(({ name, image }) =>
    image !== undefined && packaged.some(({ layers }) => isOf(image, layers))
      ? []
      : [{ of: name, key: "image", deployed: "one of the package", now: image?.Id ?? "gone" }],
  );
}

function isOf({ RootFS: { Layers = [] } }: InspectedImage, layers: PackagedImage["layers"]): boolean {
  return Layers.length === layers.length && layers.every(({ digest }, index) => Layers[index] === digest);
}

function changed(name: string, id: string, now: string | undefined): Difference[] {
  return now === id ? [] : [{ of: name, key: "image", deployed: id, now: now ?? "gone" }];
}
