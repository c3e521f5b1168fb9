import { identityLabel, loadedImageName } from "../docker/identity.ts";
import { Failure } from "../support/failure.ts";
import { sha256 } from "../support/hashing.ts";
import { withHeartbeat } from "../support/progress.ts";
import { docker, tryDocker } from "./docker.ts";
import { describeImage } from "./images.ts";
import { hasContainerdStore } from "./layers.ts";

/** Digest of an image's configuration, which an engine with containerd's store tells nowhere but in what it saves. */
async function configDigest(image: string): Promise<string> {
  return sha256((await describeImage(image)).text);
}

/**
 * Finds an image that was loaded, and gives it the name by which the program knows it.
 * @param id - digest of its configuration, `sha256:…`: the same in every engine, while one with containerd's store calls the image by another
 * @returns the name; undefined when the engine does not have it
 * @throws Failure when it is what containerd's store calls the image
 */
export async function findLoadedImage(id: string): Promise<string | undefined> {
  const name = loadedImageName(id);
  if ((await tryDocker("image", "inspect", name)) !== undefined) return name;
  const found = (await hasContainerdStore())
    ? await withHeartbeat("Looking for the image among those of the engine", findByConfig(id))
    : await tryDocker("image", "inspect", "--format", "{{.Id}}", id);
  if (found === undefined) return undefined;
  await docker("tag", found, name);
  return name;
}

async function findByConfig(id: string): Promise<string | undefined> {
  if ((await tryDocker("image", "inspect", id)) !== undefined)
    throw new Failure(
      `${id} is what this engine's store calls an image, and other engines call it by another digest: write the one of its configuration, ${await configDigest(id)}`,
    );
  const ids = async (...filter: string[]) =>
    (await docker("image", "ls", "--quiet", "--no-trunc", ...filter)).split("\n").filter((line) => line !== "");
  const all = new Set(await ids());
  // Those that the program has made are large, and never what a configuration means.
  const own = new Set(await ids("--filter", `label=${identityLabel}`));
  for (const each of all.difference(own)) {
    // One that another program has half loaded cannot be saved.
    const digest = await configDigest(each).catch(() => undefined);
    if (digest === id) return each;
  }
  return undefined;
}
