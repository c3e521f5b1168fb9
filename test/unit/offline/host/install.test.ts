import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { installVersion } from "../../../../offline/host/install.ts";
import type { ReadManifest, ToolName } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { MiB } from "../../../../support/units.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { archiveOf } from "../../docker/archives.ts";
import { noise, streamOf } from "../../support/bytes.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { tinyPackage } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const name = "localhost/gemma/tiny:1";

/** A tiny package with an image of one layer of 8 MiB, and a host without any. */
async function packageAndHost(omit: readonly ToolName[] = []) {
  const [folder, images] = [tempFolder(), tempFolder()];
  const tiny = await tinyPackage(folder, { omit });
  const layer = await archiveOf([{ name: "weights", mtime: new Date(0), content: noise(8 * MiB) }]);
  const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: [sha256(layer)] } });
  const writer = await PackageWriter.open(images, 64 * MiB);
  const image = {
    name,
    id: sha256(config),
    config: await writer.writePlain("images/config.json", () => streamOf(config)),
    layers: [await writer.writePlain("images/lower.tar", () => streamOf(layer))],
  };
  mkdirSync(join(folder, "images"));
  for (const path of Object.keys(writer.files)) writeFileSync(join(folder, path), readFileSync(join(images, path)));
  const manifest: ReadManifest = { ...tiny, images: [image], files: { ...tiny.files, ...writer.files } };
  return { folder, manifest, data: new DataFolder(join(tempFolder(), "data")), layer: sha256(layer) };
}

/** A docker whose import runs a script, and that names an image once it was loaded. */
function fakeDocker(layer: string, importing: string, tar?: string) {
  const folder = tempFolder();
  fakePrograms({
    docker: [
      `cd '${folder}'`,
      'echo "$*" >>calls',
      'case "$1 $2" in',
      '"info --format") echo "[]" ;;',
      '"image ls") [ ! -e imported ] || echo id ;;',
      `"image inspect") if [ "$5" = '${name}' ]; then [ -e loaded ]; else [ -e imported ]; fi && echo '["${layer}"]' ;;`,
      `"import -") ${importing} ;;`,
      '"load --quiet") cat >loaded ;;',
      '"rmi --no-prune") ;;',
      `"tag ${name}") ;;`,
      "*) exit 9 ;;",
      "esac",
    ].join("\n"),
    ...(tar === undefined ? {} : { tar }),
  });
  const calls = () => (existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : "");
  return { folder, calls, has: (file: string) => existsSync(join(folder, file)) };
}

/** Waits for a path, and no longer than the test. */
const until = (path: string) => `until [ -e '${path}' ]; do [ -e "$0" ] || exit 1; sleep 0.02; done`;

describe("a version that is installed", () => {
  it("is unpacked while its image is sent", async () => {
    const { folder, manifest, data, layer } = await packageAndHost();
    const begun = join(tempFolder(), "begun");
    // Each waits for what the other one does.
    const engine = fakeDocker(
      layer,
      `touch '${begun}'; ${until(data.versionFolder(manifest.digest))}; cat >importing && mv importing imported`,
      `${until(begun)}; PATH=/usr/bin:/bin exec tar "$@"`,
    );
    const version = await installVersion(folder, manifest, data);
    expect(version.folder).toBe(data.versionFolder(manifest.digest));
    expect(sha256(readFileSync(join(engine.folder, "imported")))).toBe(layer);
    expect(engine.has("loaded")).toBe(true);
  });

  it("that cannot be unpacked leaves nothing of its image in the engine", async () => {
    const { folder, manifest, data, layer } = await packageAndHost(["modules"]);
    // Too slow to have all of it by the time at which the modules turn out to be missing.
    const slowly =
      `${until(data.tool(manifest.tools.node.digest))}; touch importing; ` +
      'while [ "$(head -c 65536 | wc -c)" -gt 0 ]; do sleep 0.05; done; touch imported';
    const engine = fakeDocker(layer, slowly);
    expect(await failureOf(installVersion(folder, manifest, data))).toBe(
      "The package has no modules, and this host does not have it either: bring the complete package",
    );
    expect([engine.has("imported"), engine.calls().includes("load")]).toEqual([false, false]);
    expect(await data.versions()).toEqual([]);
    expect(readdirSync(join(data.path, "tools")).filter((entry) => entry.endsWith(".partial"))).toEqual([]);
  });

  it("whose image the engine refuses is unpacked all the same, for the next run", async () => {
    const { folder, manifest, data, layer } = await packageAndHost();
    fakeDocker(layer, "echo 'no space left on device' >&2; exit 1");
    expect(await failureOf(installVersion(folder, manifest, data))).toBe("no space left on device");
    expect((await data.versions()).map((version) => version.folder)).toEqual([data.versionFolder(manifest.digest)]);
  });

  it("is not begun without the passphrase of the state", async () => {
    const { folder, manifest, data, layer } = await packageAndHost();
    const state = join(data.path, "state/.pulumi/stacks/gemma");
    mkdirSync(state, { recursive: true });
    const secrets = { secrets_providers: { type: "passphrase", state: { salt: "v1:abc" } } };
    writeFileSync(join(state, "prod.json"), JSON.stringify({ checkpoint: { latest: secrets } }));
    const engine = fakeDocker(layer, "exit 1");
    expect(await failureOf(installVersion(folder, manifest, data))).toContain("passphrase is missing, and the secrets");
    expect(engine.calls()).toBe("");
    expect(readdirSync(join(data.path, "tools"))).toEqual([]);
  });
});
