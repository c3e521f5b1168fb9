import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { canonical } from "../../../../offline/package/manifest.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { installVersion } from "../../support/installed-version.ts";
import { manifestWith } from "../../support/package.ts";
import { writtenTo } from "../../support/said.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** A data folder with three versions in it. */
async function threeVersions() {
  const data = new DataFolder(tempFolder());
  const [first, second, third] = [
    await installVersion(data, { created: "2026-11-01T00:00:00Z" }),
    await installVersion(data, { created: "2026-11-02T00:00:00Z" }),
    await installVersion(data, { created: "2026-11-03T00:00:00Z" }),
  ];
  return { data, first, second, third };
}

const links = (data: DataFolder) =>
  ["current", "previous"].map((name) => readlinkSync(join(data.path, name)).replace(/^versions\//, ""));
const nameOf = ({ folder }: { readonly folder: string }) => folder.slice(-12);

describe("the versions on a host", () => {
  it("are none before the first package, also without the folder", async () => {
    const data = new DataFolder(join(tempFolder(), "not/there"));
    expect(await data.versions()).toEqual([]);
    expect([await data.current(), await data.previous()]).toEqual([undefined, undefined]);
    expect(await data.version(sha256("any"))).toBeUndefined();
  });

  it("are found by their digest", async () => {
    const { data, second } = await threeVersions();
    expect(await data.version(second.manifest.digest)).toEqual(second);
    expect(second.folder).toBe(join(data.path, "versions", second.manifest.digest.slice(7, 19)));
    expect(await data.version(sha256("another"))).toBeUndefined();
  });

  it("are all that were unpacked to their end, and nothing else", async () => {
    const { data, first, second, third } = await threeVersions();
    const versions = join(data.path, "versions");
    for (const name of [`${"a".repeat(12)}.partial`, "b".repeat(12), "ABCDEF012345", "c".repeat(13), "notes"])
      mkdirSync(join(versions, name));
    for (const name of [`${"a".repeat(12)}.partial`, "ABCDEF012345", "c".repeat(13), "notes"])
      writeFileSync(join(versions, name, "manifest.json"), canonical(manifestWith()));
    expect(await data.versions()).toEqual([first, second, third]);
  });

  it("take turns in being current and previous", async () => {
    const { data, first, second, third } = await threeVersions();
    await data.select(first);
    expect([await data.current(), await data.previous()]).toEqual([first, undefined]);
    await data.select(second);
    expect([await data.current(), await data.previous()]).toEqual([second, first]);
    await data.select(third);
    expect([await data.current(), await data.previous()]).toEqual([third, second]);
    await data.select(second);
    expect([await data.current(), await data.previous()]).toEqual([second, third]);
  });

  it("stay as they are when the current one is selected again", async () => {
    const { data, first, second } = await threeVersions();
    await data.select(first);
    await data.select(second);
    const { ino } = lstatSync(join(data.path, "current"));
    await data.select(second);
    expect([await data.current(), await data.previous()]).toEqual([second, first]);
    expect(lstatSync(join(data.path, "current")).ino).toBe(ino);
  });

  it("are named by links that hold wherever the folder is", async () => {
    const { data, first, second } = await threeVersions();
    await data.select(first);
    await data.select(second);
    expect(readlinkSync(join(data.path, "current"))).toBe(`versions/${nameOf(second)}`);
    expect(links(data)).toEqual([nameOf(second), nameOf(first)]);
    expect(readFileSync(join(data.path, "current/manifest.json"), "utf8")).toBe(
      readFileSync(join(second.folder, "manifest.json"), "utf8"),
    );
  });

  it("are selected past what a killed run left", async () => {
    const { data, first } = await threeVersions();
    symlinkSync("versions/half", join(data.path, "current.new"));
    await data.select(first);
    expect(readdirSync(data.path).sort()).toEqual(["current", "versions"]);
    expect(await data.current()).toEqual(first);
  });

  it("are not current when the link points to nothing", async () => {
    const { data, first } = await threeVersions();
    symlinkSync("versions/0123456789ab", join(data.path, "current"));
    expect(await data.current()).toBeUndefined();
    await data.select(first);
    expect([await data.current(), await data.previous()]).toEqual([first, undefined]);
  });

  it("are all kept when none is current any more", async () => {
    const { data, first, second } = await threeVersions();
    await data.select(first);
    await data.select(second);
    await data.deselect();
    expect([await data.current(), await data.previous()]).toEqual([undefined, undefined]);
    expect(await data.versions()).toHaveLength(3);
    await data.deselect();
    expect(readdirSync(data.path)).toEqual(["versions"]);
  });

  it.each(["", "{", "{}"])("are all but one whose manifest was damaged, which is named: %j", async (text) => {
    const { data, first, second, third } = await threeVersions();
    const said = writtenTo("stderr");
    writeFileSync(join(first.folder, "manifest.json"), text);
    for (let times = 0; times < 2; times += 1) expect(new Set(await data.versions())).toEqual(new Set([second, third]));
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(
      `A version on this host is left out, as ${first.folder}/manifest.json is not a package manifest`,
    );
  });
});

describe("the data folder", () => {
  it("is made for its owner alone, also twice", async () => {
    const data = new DataFolder(join(tempFolder(), "data"));
    await data.create();
    await data.create();
    const modes = ["plugins", "state", "tools", "versions"].map((name) => statSync(join(data.path, name)).mode & 0o777);
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o700]);
    expect(readdirSync(data.path).sort()).toEqual(["plugins", "state", "tools", "versions"]);
  });

  it("names the folder of a tool by its digest", () => {
    expect(new DataFolder("/data").tool(`sha256:0123456789abcdef${"0".repeat(48)}`)).toBe("/data/tools/0123456789ab");
  });

  it("gets a passphrase once, for its owner alone, and says so", async () => {
    const data = new DataFolder(tempFolder());
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const file = await data.passphrase();
    const text = readFileSync(file, "utf8");
    expect(await data.passphrase()).toBe(file);
    const said = write.mock.calls.map(([line]) => line);
    write.mockRestore();
    expect(file).toBe(join(data.path, "passphrase"));
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(text).toMatch(/^[0-9a-f]{64}\n$/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(said).toEqual([
      `Wrote a new passphrase to ${file}; keep a copy of it, without it the secrets in the state are lost.\n`,
    ]);
  });

  it("gets another passphrase than another folder", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const files = [await new DataFolder(tempFolder()).passphrase(), await new DataFolder(tempFolder()).passphrase()];
    write.mockRestore();
    expect(new Set(files.map((file) => readFileSync(file, "utf8"))).size).toBe(2);
  });

  it("keeps the passphrase that is there", async () => {
    const data = new DataFolder(tempFolder({ passphrase: "mine" }));
    expect(readFileSync(await data.passphrase(), "utf8")).toBe("mine");
  });

  it("has Pulumi stay on this host", () => {
    expect(new DataFolder("/var/lib/my gemma").environment("/var/lib/my gemma/versions/0123456789ab")).toEqual({
      PULUMI_HOME: "/var/lib/my gemma/versions/0123456789ab/pulumi",
      PULUMI_BACKEND_URL: "file:///var/lib/my%20gemma/state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/var/lib/my gemma/passphrase",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
    });
  });
});
