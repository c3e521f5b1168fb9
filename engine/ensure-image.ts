import { isLoadedImage } from "../docker/identity.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { readLines } from "../support/lines.ts";
import { spawnDocker, tryDocker } from "./docker.ts";
import { findLoadedImage } from "./loaded-image.ts";
import { say, withHeartbeat } from "../support/progress.ts";

/** What Docker says when it begins and when it ends with a layer. */
const begun = /: (Pulling fs layer|Already exists)$/;
const done = /: (Pull complete|Already exists)$/;

/** Images of the configuration by the keys that name them, for messages. */
const images: Readonly<Record<string, string>> = {
  baseImage: "The base image",
  "gateway.image": "The gateway's image",
  "gateway.usher.image": "The usher's base image",
  "watcher.image": "The watcher's base image",
};

/**
 * Makes sure that the engine has an image, and pulls it when it does not.
 * @param key - key of the configuration that names it
 * @returns the name that the engine knows it by
 * @throws Failure that says how else to get the image
 */
export async function ensureImage(image: string, key = "baseImage"): Promise<string> {
  const advice = `load it with \`docker load\`, and set ${key} to its sha256 ID (\`docker image inspect --format {{.Id}}\`), or let Docker reach the registry`;
  const what = images[key] ?? `The image of ${key.replace(/\.image$/, "")}`;
  if (isLoadedImage(image)) {
    const name = await findLoadedImage(image);
    if (name !== undefined) return name;
    throw new Failure(`${what} ${image} is not in the engine: ${advice}`);
  }
  if ((await tryDocker("image", "inspect", image)) !== undefined) return image;
  say(`Pulling the image ${image}`);
  try {
    await withHeartbeat("Pulling the image", pull(image));
    return image;
  } catch (error) {
    throw new Failure(
      `${what} ${image} is not in the engine and cannot be pulled: ${reasonOf(error)}. Instead, ${advice}`,
    );
  }
}

/** Pulls with the docker CLI, which tells layers but no bytes when it writes to a pipe. */
async function pull(image: string): Promise<void> {
  const { child, exited } = spawnDocker(["pull", image]);
  let layers = 0;
  let complete = 0;
  for await (const line of readLines(child.stdout)) {
    if (begun.test(line)) layers += 1;
    if (!done.test(line)) continue;
    complete += 1;
    say(`Pulling the image: ${complete} of ${layers} layers`);
  }
  await exited;
}
