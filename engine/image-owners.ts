import { Failure } from "../support/failure.ts";
import { sha256, shortDigest } from "../support/hashing.ts";
import { docker, tryDocker } from "./docker.ts";

/*
 * Stacks with the same contents share an image by its name. Each owner, a data folder, therefore keeps it by a further
 * name of its own as well, and whoever removes the last of these removes the image.
 */

const repository = "localhost/gemma/used-by";

/** Owner of what no data folder has brought: checkouts, and images that were there before; nobody removes it. */
const others = "others";

/** Short name of what is kept for a folder. */
export function ownerOf(folder: string): string {
  return shortDigest(sha256(folder));
}

/** Name by which an owner keeps an image. */
export function ownName(image: string, owner: string): string {
  return `${repository}:${owner}-${shortDigest(sha256(image))}`;
}

/** The names by which owners keep an image. */
async function ownNames(image: string): Promise<string[]> {
  const tags = await tryDocker("image", "inspect", "--format", "{{json .RepoTags}}", image);
  const names = tags === undefined ? [] : ((JSON.parse(tags) as string[] | null) ?? []);
  return names.filter((name) => name.startsWith(`${repository}:`) && name.endsWith(ownName(image, "").slice(-13)));
}

/** Keeps an image for the owner that has brought it. */
export async function keepImage(image: string, owner: string): Promise<void> {
  await tryDocker("tag", image, ownName(image, owner));
}

/**
 * Gives all that an owner keeps to another one.
 * @returns how many images that are
 */
export async function moveOwner(from: string, to: string): Promise<number> {
  const tags = (await tryDocker("image", "ls", "--format", "{{.Tag}}", repository)) ?? "";
  const own = tags.split("\n").filter((tag) => tag.startsWith(`${from}-`));
  for (const tag of own) {
    await docker("tag", `${repository}:${tag}`, `${repository}:${to}${tag.slice(from.length)}`);
    await docker("rmi", `${repository}:${tag}`);
  }
  return own.length;
}

/** Keeps an image for an owner that has found it; when nobody's, it stays for whoever has brought it as well. */
export async function shareImage(image: string, owner: string): Promise<void> {
  if ((await ownNames(image)).length === 0) await keepImage(image, others);
  await keepImage(image, owner);
}

/** Keeps an image that a checkout uses, when an owner could remove it. */
export async function keepForOthers(image: string): Promise<void> {
  if ((await ownNames(image)).length > 0) await keepImage(image, others);
}

/**
 * Removes an image that an owner does not need any more; layers that other images have stay.
 * @returns why the image stays, undefined when it is gone
 */
export async function releaseImage(image: string, owner: string): Promise<string | undefined> {
  const own = ownName(image, owner);
  if (!(await isThere(own))) return (await isThere(image)) ? "somebody else has brought it" : undefined;
  const reason = await removeName(own);
  if (reason !== undefined) return reason;
  if ((await ownNames(image)).length > 0) return "another data folder or a checkout on this host uses it as well";
  return removeName(image);
}

/** Removes an image that nobody keeps by a name of their own, and no container uses. */
export async function removeUnused(image: string): Promise<void> {
  if ((await ownNames(image)).length === 0) await removeName(image);
}

async function isThere(image: string): Promise<boolean> {
  return (await tryDocker("image", "inspect", image)) !== undefined;
}

/** Removes a name, with the image when it is the last one; a conflict with a container is told and not an error. */
async function removeName(name: string): Promise<string | undefined> {
  try {
    await docker("rmi", name);
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure) || !(await isThere(name))) return undefined;
    if (/conflict/i.test(error.message)) return error.message;
    throw error;
  }
}
