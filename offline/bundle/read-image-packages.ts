import { mkdtempDisposable, readdir, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineImageName } from "../../docker/identity.ts";
import { docker, tryDocker } from "../../engine/docker.ts";
import { reasonOf } from "../../support/failure.ts";
import type { ImagePackages } from "./sbom-packages.ts";

/**
 * Reads the package databases of an image that the engine has, without starting it.
 * @throws Failure with docker's own message
 */
export async function readImagePackages(image: string): Promise<ImagePackages> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "gemma-sbom-"));
  // The command is never run; it is for images that have none of their own.
  const container = await docker("create", "--pull", "never", "--network", "none", engineImageName(image), "none");
  const read = async (...paths: string[]) => {
    const found: string[] = [];
    for (const path of paths) found.push(...(await textsAt(container, path, folder.path)));
    return found;
  };
  try {
    const [osRelease] = await read("/etc/os-release", "/usr/lib/os-release");
    const dpkg = await read("/var/lib/dpkg/status", "/var/lib/dpkg/status.d");
    const [apkInstalled] = await read("/lib/apk/db/installed", "/usr/lib/apk/db/installed");
    return { osRelease, dpkgStatus: dpkg.length > 0 ? dpkg.join("\n\n") : undefined, apkInstalled };
  } finally {
    await tryDocker("rm", "--volumes", container);
  }
}

/** Text of a file of a container, or texts of a folder's files; none where there is nothing. */
async function textsAt(container: string, path: string, folder: string): Promise<string[]> {
  const copy = join(folder, path.replaceAll("/", "-"));
  try {
    await docker("cp", "--follow-link", `${container}:${path}`, copy);
  } catch (error) {
    if (/could not find the file|no such (file|container:path)/i.test(reasonOf(error))) return [];
    throw error;
  }
  if (!(await stat(copy)).isDirectory()) return [await readFile(copy, "utf8")];
  // Images without a package manager keep checksums beside each package's file.
  const names = (await readdir(copy)).filter((name) => !name.endsWith(".md5sums")).sort();
  return Promise.all(names.map((name) => readFile(join(copy, name), "utf8")));
}
