import { keepImage } from "../../engine/image-owners.ts";
import type { ReadManifest } from "../package/manifest.ts";
import type { PackageFiles } from "../package/read-content.ts";
import type { DataFolder, InstalledVersion } from "./data-folder.ts";
import { loadPackagedImage } from "./load-package-image.ts";
import { adoptMoved } from "./moved-folder.ts";
import { imagesOf } from "./prune.ts";
import { unpackVersion } from "./unpack.ts";

/**
 * Puts all of a verified package on this host: unpacks its tools and program, and sends its images to the engine meanwhile.
 *
 * What serves goes on as it is.
 * @param folder - the package
 * @throws Failure of the one that fails first, once the other one has ended too
 */
export async function installVersion(
  folder: string,
  manifest: ReadManifest,
  data: DataFolder,
): Promise<InstalledVersion> {
  await data.create();
  // Whatever is wrong with it is said before gigabytes are sent.
  await data.passphrase();
  await adoptMoved(data);
  const stop = new AbortController();
  const unpacking = unpackVersion(folder, manifest, data).catch((error: unknown) => {
    stop.abort(error);
    throw error;
  });
  const sending = sendImages({ folder, files: manifest.files, signal: stop.signal }, manifest, data);
  await Promise.allSettled([unpacking, sending]);
  // The reading of what is sent ends with the same error.
  const [version] = await Promise.all([unpacking, sending]);
  return version;
}

async function sendImages(source: PackageFiles, { images }: ReadManifest, data: DataFolder): Promise<void> {
  const others = (await data.versions()).flatMap(imagesOf);
  // Those of packages from before images had owners.
  for (const kept of [await data.current(), await data.previous()])
    for (const name of kept === undefined ? [] : imagesOf(kept)) await keepImage(name, data.owner);
  for (const image of images) {
    source.signal?.throwIfAborted();
    await loadPackagedImage(source, image, others, data.owner);
  }
}
