import { layersOf } from "../../engine/layers.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { nameOf, type DataFolder } from "./data-folder.ts";
import type { ReadManifest } from "../package/manifest.ts";
import { shortDigest } from "../../support/hashing.ts";

/**
 * Makes sure that a package fits what is on the host: the same stack, and everything that the package leaves out.
 * @throws Failure in one sentence when it does not
 */
export async function requireBase(manifest: ReadManifest, data: DataFolder): Promise<void> {
  const [other] = (await data.versions()).filter((version) => version.manifest.stack !== manifest.stack);
  if (other !== undefined)
    throw new Failure(
      `${data.path} belongs to the stack ${other.manifest.stack}, and this package is of ${manifest.stack}: ` +
        "name another folder with --data; nothing was changed",
      exitStatus.refused,
    );
  if (manifest.requires === null) return;
  const base = await data.version(manifest.requires);
  const images = await Promise.all((base?.manifest.images ?? []).map(({ name }) => layersOf(name)));
  if (base !== undefined && images.every((layers) => layers !== undefined)) return;
  const current = await data.current();
  const state = current === undefined ? "has no version" : `runs version ${shortDigest(current.manifest.digest)}`;
  throw new Failure(
    `This package has only what changed since version ${shortDigest(manifest.requires)}, and this host ${state}: ` +
      "bring the complete package, or one that was made with --since the manifest of the version here; nothing was changed",
    exitStatus.refused,
  );
}

/**
 * Makes sure that a package is not older than what serves; the same one again is not.
 * @throws Failure in one sentence when it is
 */
export async function requireNewer(manifest: ReadManifest, data: DataFolder): Promise<void> {
  const current = await data.current();
  if (current === undefined || Date.parse(manifest.created) >= Date.parse(current.manifest.created)) return;
  throw new Failure(
    `This package is version ${nameOf(manifest)}, which is older than version ${nameOf(current.manifest)} that serves here: ` +
      "bring a newer one, or add --allow-older to deploy it all the same; nothing was changed",
    exitStatus.refused,
  );
}
