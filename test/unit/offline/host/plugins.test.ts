import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder, type InstalledVersion } from "../../../../offline/host/data-folder.ts";
import { recordedPlugins, removeUnusedPlugins, sharePlugins } from "../../../../offline/host/plugins.ts";
import { installVersion } from "../../support/installed-version.ts";
import { contentNamed, manifestWith } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const stateFile = "state/.pulumi/stacks/gemma/prod.json";

/** A version of one day with these plugins, unpacked as the releases did that gave each version its own plugins alone. */
async function version(data: DataFolder, day: number, plugins: Readonly<Record<string, string>>) {
  const tools = { ...manifestWith().tools, plugins: contentNamed(`plugins of ${day}`, 1, []) };
  const made = await installVersion(data, { created: `2026-11-0${day}T00:00:00Z`, tools });
  for (const [name, text] of Object.entries(plugins)) {
    const folder = join(data.tool(tools.plugins.digest), name);
    mkdirSync(join(folder, "docs"), { recursive: true });
    writeFileSync(join(folder, "plugin"), text, { mode: 0o755 });
    writeFileSync(join(folder, "docs/README.md"), name);
  }
  mkdirSync(join(made.folder, "pulumi"));
  symlinkSync(`../../../tools/${tools.plugins.digest.slice(7, 19)}`, join(made.folder, "pulumi/plugins"));
  return made;
}

const found = ({ folder }: InstalledVersion) => readdirSync(join(folder, "pulumi/plugins")).sort();

async function twoVersions() {
  const data = new DataFolder(tempFolder());
  const old = await version(data, 1, { "resource-random-v4.21.1": "old", "resource-docker-v5.2.0": "first" });
  const young = await version(data, 2, { "resource-random-v4.21.2": "young", "resource-docker-v5.2.0": "second" });
  return { data, old, young };
}

function writeState(data: DataFolder, latest: object | null): void {
  const file = join(data.path, stateFile);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ checkpoint: { latest } }));
}

describe("the plugins of all versions", () => {
  it("are found by each version, also by one that was unpacked with its own alone", async () => {
    const { data, old, young } = await twoVersions();
    expect([found(old), found(young)].map((names) => names.length)).toEqual([2, 2]);
    await sharePlugins(data);
    const all = ["resource-docker-v5.2.0", "resource-random-v4.21.1", "resource-random-v4.21.2"];
    expect([found(old), found(young)]).toEqual([all, all]);
    expect(readlinkSync(join(old.folder, "pulumi/plugins"))).toBe("../../../plugins");
    expect(readFileSync(join(old.folder, "pulumi/plugins/resource-random-v4.21.2/plugin"), "utf8")).toBe("young");
    expect(readFileSync(join(data.plugins, "resource-random-v4.21.1/docs/README.md"), "utf8")).toBe(
      "resource-random-v4.21.1",
    );
  });

  it("are folders, as Pulumi takes no links, and take no more room", async () => {
    const { data, old } = await twoVersions();
    await sharePlugins(data);
    const entries = readdirSync(data.plugins, { withFileTypes: true });
    expect(entries.map((entry) => entry.isDirectory())).toEqual([true, true, true]);
    const { ino, mode } = statSync(join(data.plugins, "resource-random-v4.21.1/plugin"));
    expect(ino).toBe(
      statSync(join(data.tool(old.manifest.tools.plugins.digest), "resource-random-v4.21.1/plugin")).ino,
    );
    expect(mode & 0o777).toBe(0o755);
  });

  it("are those of the version that was made last where two have the same name, time after time", async () => {
    const { data } = await twoVersions();
    for (let time = 0; time < 2; time += 1) {
      await sharePlugins(data);
      expect(readFileSync(join(data.plugins, "resource-docker-v5.2.0/plugin"), "utf8")).toBe("second");
    }
  });

  it("are put in order where a killed run, or one without power, has left half of them", async () => {
    const { data } = await twoVersions();
    await sharePlugins(data);
    const plugin = join(data.plugins, "resource-random-v4.21.1/plugin");
    rmSync(plugin);
    writeFileSync(plugin, "ol");
    rmSync(join(data.plugins, "resource-random-v4.21.2/docs"), { recursive: true });
    await sharePlugins(data);
    expect(readFileSync(plugin, "utf8")).toBe("old");
    expect(existsSync(join(data.plugins, "resource-random-v4.21.2/docs/README.md"))).toBe(true);
  });

  it("do not include what Pulumi notes beside them, nor those of a version whose tools are gone", async () => {
    const { data, old, young } = await twoVersions();
    writeFileSync(join(data.tool(young.manifest.tools.plugins.digest), "resource-docker-v5.2.0.lastused"), "");
    rmSync(data.tool(old.manifest.tools.plugins.digest), { recursive: true });
    await sharePlugins(data);
    expect(readdirSync(data.plugins).sort()).toEqual(["resource-docker-v5.2.0", "resource-random-v4.21.2"]);
  });
});

describe("plugins that no version on the host has any more", () => {
  async function withoutOld() {
    const { data, old } = await twoVersions();
    await sharePlugins(data);
    writeFileSync(join(data.plugins, "resource-random-v4.21.1.lastused"), "");
    writeFileSync(join(data.plugins, "notes"), "of somebody");
    rmSync(old.folder, { recursive: true });
    rmSync(data.tool(old.manifest.tools.plugins.digest), { recursive: true });
    return data;
  }
  const young = ["notes", "resource-docker-v5.2.0", "resource-random-v4.21.2"];

  it("are removed, with what Pulumi noted of them", async () => {
    const data = await withoutOld();
    writeState(data, null);
    await removeUnusedPlugins(data);
    expect(readdirSync(data.plugins).sort()).toEqual(young);
  });

  it("are removed where nothing was ever written down", async () => {
    const data = await withoutOld();
    await removeUnusedPlugins(data);
    expect(readdirSync(data.plugins).sort()).toEqual(young);
  });

  it("stay as long as they are written down", async () => {
    const data = await withoutOld();
    const inputs = { __internal: {}, version: "4.21.1" };
    writeState(data, { resources: [{ type: "pulumi:providers:random", inputs }] });
    await removeUnusedPlugins(data);
    expect(readdirSync(data.plugins).sort()).toEqual([
      "notes",
      "resource-docker-v5.2.0",
      "resource-random-v4.21.1",
      "resource-random-v4.21.1.lastused",
      "resource-random-v4.21.2",
    ]);
  });

  it("stay while what is written down cannot be read", async () => {
    const data = await withoutOld();
    writeState(data, null);
    truncateSync(join(data.path, stateFile));
    expect(await failureOf(removeUnusedPlugins(data))).toContain("cannot be read: it is empty");
    expect(existsSync(join(data.plugins, "resource-random-v4.21.1"))).toBe(true);
  });
});

describe("the plugins that are written down", () => {
  it("are those of the providers, whichever way Pulumi writes their versions", () => {
    const provider = (name: string, inputs?: object) => ({ type: `pulumi:providers:${name}`, inputs: { ...inputs } });
    const resources = [
      provider("docker", { host: "unix:///var/run/docker.sock", version: "5.2.0" }),
      provider("random", { __internal: { version: "4.21.2" } }),
      provider("command"),
      { type: "random:index/randomPassword:RandomPassword", inputs: { version: "1" } },
      { type: "pulumi:pulumi:Stack" },
    ];
    expect(recordedPlugins({ resources })).toEqual(["resource-docker-v5.2.0", "resource-random-v4.21.2"]);
    expect(recordedPlugins({})).toEqual([]);
  });
});
