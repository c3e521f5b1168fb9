import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { rollBack } from "../../../../offline/host/deployment.ts";
import { requireBase, requireNewer } from "../../../../offline/host/base-version.ts";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { installVersion } from "../../support/installed-version.ts";
import { contentNamed, manifestWith } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const image = {
  name: "localhost/gemma:1",
  id: sha256("id"),
  config: contentNamed("config", 1, []),
  layers: [contentNamed("layer", 1, [])],
};
const packageOf = (requires: string | null, stack = "prod") => ({
  ...manifestWith({ requires, stack, created: "new" }),
  text: "new",
  digest: sha256("new"),
});

/** An engine with these images, and no answer to anything else; tells what it was asked. */
function fakeEngine(...images: readonly string[]): () => string[] {
  const cases = images.map((name) => `${name}) echo '["sha256:1"]' ;;`).join("\n");
  const folder = fakePrograms({
    docker: `echo "$@" >>"$(dirname "$0")/asked"\nfor image; do :; done\ncase $image in\n${cases}\n*) exit 1 ;;\nesac`,
  });
  return () => readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
}

const onlyChanges = (digest: string, state: string) =>
  `This package has only what changed since version ${digest.slice(7, 19)}, and this host ${state}: bring the complete ` +
  "package, or one that was made with --since the manifest of the version here; nothing was changed";

describe("a complete package", () => {
  it("fits an empty host, and asks the engine nothing", async () => {
    fakePrograms({ docker: "exit 9" });
    await expect(requireBase(packageOf(null), new DataFolder(tempFolder()))).resolves.toBeUndefined();
  });

  it("fits a host with versions of the same stack, whatever the engine has", async () => {
    fakePrograms({ docker: "exit 9" });
    const data = new DataFolder(tempFolder());
    await installVersion(data, { images: [image] });
    await expect(requireBase(packageOf(null), data)).resolves.toBeUndefined();
  });

  it.each([null, sha256("base")])("does not fit a host with another stack (requires %s)", async (requires) => {
    const data = new DataFolder(tempFolder());
    await installVersion(data, { stack: "dev" });
    expect(await failureOf(requireBase(packageOf(requires), data))).toBe(
      `${data.path} belongs to the stack dev, and this package is of prod: name another folder with --data; nothing was ` +
        "changed",
    );
  });
});

describe("a package with only what changed", () => {
  it("fits a host that has the version before it, with its images in the engine", async () => {
    const asked = fakeEngine(image.name);
    const data = new DataFolder(tempFolder());
    const base = await installVersion(data, { images: [image] });
    await expect(requireBase(packageOf(base.manifest.digest), data)).resolves.toBeUndefined();
    expect(asked()).toEqual([`image inspect --format {{json .RootFS.Layers}} ${image.name}`]);
  });

  it("does not fit a host without any version", async () => {
    const data = new DataFolder(tempFolder());
    expect(await failureOf(requireBase(packageOf(sha256("base")), data))).toBe(
      onlyChanges(sha256("base"), "has no version"),
    );
  });

  it("does not fit a host with another version", async () => {
    const data = new DataFolder(tempFolder());
    const other = await installVersion(data, {});
    await data.select(other);
    expect(await failureOf(requireBase(packageOf(sha256("base")), data))).toBe(
      onlyChanges(sha256("base"), `runs version ${other.manifest.digest.slice(7, 19)}`),
    );
  });

  it("does not fit a host whose engine has lost one of the images", async () => {
    fakeEngine(image.name);
    const data = new DataFolder(tempFolder());
    const base = await installVersion(data, { images: [image, { ...image, name: "localhost/gemma:2" }] });
    await data.select(base);
    expect(await failureOf(requireBase(packageOf(base.manifest.digest), data))).toBe(
      onlyChanges(base.manifest.digest, `runs version ${base.manifest.digest.slice(7, 19)}`),
    );
  });
});

describe("going back", () => {
  const nothing = "There is no earlier version on this host to go back to; nothing was changed";

  it("needs two versions", async () => {
    const data = new DataFolder(tempFolder());
    expect(await failureOf(rollBack(data))).toBe(nothing);
    await data.select(await installVersion(data, {}));
    expect(await failureOf(rollBack(data))).toBe(nothing);
  });

  it("needs the images of the earlier version in the engine", async () => {
    fakeEngine("localhost/gemma:2");
    const data = new DataFolder(tempFolder());
    const old = await installVersion(data, { created: "2026-11-20T00:00:00Z", images: [image] });
    const current = await installVersion(data, {
      created: "2026-11-22T00:00:00Z",
      images: [{ ...image, name: "localhost/gemma:2" }],
    });
    await data.select(old);
    await data.select(current);
    expect(await failureOf(rollBack(data))).toBe(
      `The image ${image.name} of version ${old.manifest.digest.slice(7, 19)} of 2026-11-20T00:00:00Z is not in the engine any ` +
        "more: deploy its package instead; nothing was changed",
    );
    expect([await data.current(), await data.previous()]).toEqual([current, old]);
  });
});

describe("a package that is older than the version that serves", () => {
  const first = "2026-11-01T00:00:00.000Z";
  const second = "2026-11-02T00:00:00.000Z";
  const made = (created: string) => ({ ...manifestWith({ created }), text: "", digest: sha256("package") });

  async function serving(created: string): Promise<{ data: DataFolder; digest: string }> {
    const data = new DataFolder(tempFolder());
    const version = await installVersion(data, { created });
    await data.select(version);
    return { data, digest: version.manifest.digest.slice(7, 19) };
  }

  it("is refused, with both versions and their times", async () => {
    const { data, digest } = await serving(second);
    expect(await failureOf(requireNewer(made(first), data))).toBe(
      `This package is version ${sha256("package").slice(7, 19)} of ${first}, which is older than version ${digest} of ${second} ` +
        "that serves here: bring a newer one, or add --allow-older to deploy it all the same; nothing was changed",
    );
  });

  it.each([
    ["is newer", second, first],
    ["is the same", first, first],
    ["was made at the same time, written in another way", "2026-11-01T00:00:00Z", first],
  ])("is no such package when it %s", async (_, created, served) => {
    const { data } = await serving(served);
    await expect(requireNewer(made(created), data)).resolves.toBeUndefined();
  });

  it("is taken where nothing serves, whatever is kept there", async () => {
    const { data } = await serving(second);
    await data.deselect();
    await expect(requireNewer(made(first), data)).resolves.toBeUndefined();
  });
});
