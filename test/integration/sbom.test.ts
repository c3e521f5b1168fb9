import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readImagePackages } from "../../offline/bundle/sbom.ts";
import { failureOf } from "../unit/support/temp-folder.ts";
import { ollamaImage } from "../support/fixtures.ts";
import { docker, must, run } from "../support/shell.ts";

const nothing = { osRelease: undefined, dpkgStatus: undefined, apkInstalled: undefined };

describe("the package databases of an image", () => {
  const image = "localhost/gemma/sbom-test:1";
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-test-"));
  });

  afterEach(async () => {
    await run("docker", ["rmi", image]);
    await rm(folder, { recursive: true, force: true });
  });

  /** Makes an image of these files and links, with a volume and no command. */
  async function make(files: Record<string, string>, links: Record<string, string> = {}): Promise<void> {
    for (const path of [...Object.keys(files), ...Object.keys(links)])
      await mkdir(join(folder, dirname(path)), { recursive: true });
    for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text);
    for (const [path, target] of Object.entries(links)) await symlink(target, join(folder, path));
    await must("sh", ["-c", `tar -C ${folder} -c . | docker import --change 'VOLUME /data' - ${image}`]);
  }

  it("are none in an image without them", async () => {
    expect(await readImagePackages(ollamaImage)).toEqual(nothing);
  });

  it("are dpkg's, behind a link to os-release", async () => {
    await make(
      { "usr/lib/os-release": "ID=debian\n", "var/lib/dpkg/status": "Package: a\nVersion: 1\n" },
      { "etc/os-release": "../usr/lib/os-release" },
    );
    expect(await readImagePackages(image)).toEqual({
      osRelease: "ID=debian\n",
      dpkgStatus: "Package: a\nVersion: 1\n",
      apkInstalled: undefined,
    });
  });

  it("are the files of an image without a package manager, without their checksums", async () => {
    await make({
      "usr/lib/os-release": "ID=debian\n",
      "var/lib/dpkg/status.d/tzdata": "Package: tzdata\nVersion: 2\n",
      "var/lib/dpkg/status.d/base": "Package: base\nVersion: 1\n",
      "var/lib/dpkg/status.d/base.md5sums": "0  etc/x\n",
    });
    expect(await readImagePackages(image)).toEqual({
      osRelease: "ID=debian\n",
      dpkgStatus: "Package: base\nVersion: 1\n\n\nPackage: tzdata\nVersion: 2\n",
      apkInstalled: undefined,
    });
  });

  it.each(["lib/apk/db/installed", "usr/lib/apk/db/installed"])("are apk's in %s", async (path) => {
    await make({ "etc/os-release": "ID=alpine\n", [path]: "P:musl\nV:1\n" });
    expect(await readImagePackages(image)).toEqual({
      osRelease: "ID=alpine\n",
      dpkgStatus: undefined,
      apkInstalled: "P:musl\nV:1\n",
    });
  });

  it("are none behind a link to nowhere", async () => {
    await make({ "etc/x": "" }, { "etc/os-release": "../usr/lib/os-release" });
    expect(await readImagePackages(image)).toEqual(nothing);
  });

  it("are read without leaving a container or a volume", async () => {
    await make({ "etc/os-release": "ID=debian\n" });
    const volumes = await docker("volume", "ls", "--quiet");
    await readImagePackages(image);
    expect(await docker("volume", "ls", "--quiet")).toBe(volumes);
    expect(await docker("ps", "--all", "--quiet", "--filter", `ancestor=${image}`)).toBe("");
  });

  it("cannot be read of an image that the engine lacks, which is not pulled", async () => {
    expect(await failureOf(readImagePackages("localhost/gemma/none:1"))).toMatch(
      /No such image: localhost\/gemma\/none:1/,
    );
  });
});
