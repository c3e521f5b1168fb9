import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { sharePlugins } from "../../../../offline/host/plugins.ts";
import { unpackVersion } from "../../../../offline/host/unpack.ts";
import { shortDigest } from "../../../../support/hashing.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { must, run } from "../../../support/shell.ts";
import { archiveOf } from "../../docker/archives.ts";
import { hex } from "../../support/bytes.ts";
import { tinyNode, tinyPackage, type TinyPackage } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

/** A tiny package, and a data folder whose name a shell might trip over. */
async function packageAndHost(args: TinyPackage = {}) {
  const folder = tempFolder();
  return { folder, manifest: await tinyPackage(folder, args), data: new DataFolder(join(tempFolder(), "it's $HOME")) };
}

/** Every file and link below a folder with what it is and when it was written. */
function snapshot(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => {
      const { ino, mtimeMs, mode } = lstatSync(join(folder, path));
      return `${path} ${ino} ${mtimeMs} ${mode}`;
    })
    .sort();
}

describe("a package that is unpacked", () => {
  it("becomes a version, and its tools lie beside it", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const version = await unpackVersion(folder, manifest, data);
    expect(version).toEqual({ folder: data.versionFolder(manifest.digest), manifest });
    expect(await data.versions()).toEqual([version]);
    expect(readdirSync(data.path).sort()).toEqual(["plugins", "state", "tools", "versions"]);
    expect(readdirSync(join(data.path, "versions"))).toEqual([shortDigest(manifest.digest)]);
    expect(readdirSync(join(data.path, "tools")).sort()).toEqual(
      Object.values(manifest.tools)
        .map(({ digest }) => shortDigest(digest))
        .sort(),
    );
    expect(readdirSync(version.folder).sort()).toEqual([
      ".sha256",
      "bin",
      "bootstrap.sh",
      "check-signature.sh",
      "cli",
      "data-folder.sh",
      "deploy.sh",
      "env.sh",
      "health-check.sh",
      "installed.sh",
      "manifest.json",
      "operate.sh",
      "program",
      "pulumi",
      "run-log.sh",
    ]);
  });

  it("keeps its signature, also one that comes with the same package later", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const file = (version: { folder: string }) => join(version.folder, "manifest.json.sig");
    expect(existsSync(file(await unpackVersion(folder, manifest, data)))).toBe(false);
    writeFileSync(join(folder, "manifest.json.sig"), "signed");
    const version = await unpackVersion(folder, manifest, data);
    expect(readFileSync(file(version), "utf8")).toBe("signed");
    const before = snapshot(join(version.folder, "program"));
    await unpackVersion(folder, manifest, data);
    expect(snapshot(join(version.folder, "program"))).toEqual(before);
  });

  it("has its manifest and scripts as the package has them, and the scripts can be run", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const version = await unpackVersion(folder, manifest, data);
    expect(sha256(readFileSync(join(version.folder, "manifest.json")))).toBe(manifest.digest);
    for (const name of ["bootstrap.sh", "deploy.sh", "health-check.sh", "installed.sh", "run-log.sh"]) {
      expect(readFileSync(join(version.folder, name), "utf8")).toBe(readFileSync(join(folder, name), "utf8"));
      expect(statSync(join(version.folder, name)).mode & 0o777).toBe(0o755);
    }
  });

  it("finds its tools over links that hold wherever the data folder is", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const { folder: version } = await unpackVersion(folder, manifest, data);
    const { node, modules, pulumi } = manifest.tools;
    const links = ["bin/node", "program/node_modules", "cli", "pulumi/plugins"];
    expect(links.map((path) => readlinkSync(join(version, path)))).toEqual([
      `../../../tools/${shortDigest(node.digest)}/node`,
      `../../../tools/${shortDigest(modules.digest)}/node_modules`,
      `../../tools/${shortDigest(pulumi.digest)}`,
      "../../../plugins",
    ]);
    expect(readFileSync(join(version, "bin/node"), "utf8")).toBe(tinyNode);
    expect(statSync(join(version, "bin/node")).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(version, "program/node_modules/.bin/left"), "utf8")).toBe("left\n");
    await sharePlugins(data);
    expect(readFileSync(join(version, "pulumi/plugins/resource-docker-v5.2.0/pulumi-resource-docker"), "utf8")).toBe(
      "plugin\n",
    );
    expect(await must(join(version, "bin/node"), ["--version"])).toBe(process.version);
  });

  it("has a program of its own, so that Pulumi may write into it", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const { folder: version } = await unpackVersion(folder, manifest, data);
    writeFileSync(join(version, "program/Pulumi.prod.yaml"), "encryptionsalt: v1\n");
    expect(readFileSync(join(data.tool(manifest.tools.program.digest), "Pulumi.prod.yaml"), "utf8")).toBe(
      "config: {}\n",
    );
  });

  it("runs its own Pulumi in the program's folder, wherever it is called and over links", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const version = await unpackVersion(folder, manifest, data);
    await data.select(version);
    const said = await must(join(data.path, "current/bin/pulumi"), ["up", "-s", "two words"], { cwd: "/" });
    expect(said.split("\n")).toEqual(["--cwd", `${version.folder}/program`, "up", "-s", "two words"]);
    expect(statSync(join(version.folder, "bin/pulumi")).mode & 0o777).toBe(0o755);
  });

  it("has settings for a shell that are those of the data folder", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const { folder: version } = await unpackVersion(folder, manifest, data);
    const script = join(version, "env.sh");
    expect(await run("bash", ["-n", script])).toMatchObject({ status: 0, output: "" });
    // A shell of that depth reads nothing of this machine's.
    const env = {
      PATH: "/usr/bin:/bin",
      SHLVL: "5",
      PULUMI_CONFIG_PASSPHRASE: "of the host",
      PULUMI_HOME: "/root/.pulumi",
    };
    for (const shell of ["bash", "sh"]) {
      const text = await must(shell, ["-c", '. "$0"; env -0', script], { env });
      const lines = text.split("\0").filter((line) => !/^(_=|PWD=|SHLVL=|$)/.test(line));
      const set = lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]);
      expect(Object.fromEntries(set)).toEqual({
        ...data.environment(version),
        GEMMA_VERSION: version,
        GEMMA_STACK: "prod",
        PATH: `${version}/bin:/usr/bin:/bin`,
      });
    }
  });
});

describe("a package that is unpacked again", () => {
  it("changes nothing", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const version = await unpackVersion(folder, manifest, data);
    writeFileSync(join(version.folder, "program/Pulumi.prod.yaml"), "config: {}\nencryptionsalt: v1:a:v1:b:c\n");
    const before = snapshot(data.path);
    expect(before.length).toBeGreaterThan(20);
    expect(await unpackVersion(folder, manifest, data)).toEqual(version);
    expect(snapshot(data.path)).toEqual(before);
  });

  it("replaces what a killed run has left", async () => {
    const { folder, manifest, data } = await packageAndHost();
    await data.create();
    const [tool, version] = [data.tool(manifest.tools.modules.digest), data.versionFolder(manifest.digest)];
    for (const half of [`${tool}.partial`, `${version}.partial`]) {
      mkdirSync(half);
      writeFileSync(join(half, "half"), "half");
    }
    await unpackVersion(folder, manifest, data);
    expect(readdirSync(tool)).toEqual([".sha256", "node_modules"]);
    expect(existsSync(join(version, "half"))).toBe(false);
    const partial = (name: string) => readdirSync(join(data.path, name)).filter((entry) => entry.includes("partial"));
    expect([...partial("tools"), ...partial("versions")]).toEqual([]);
  });
});

describe("a package that leaves tools out", () => {
  it("uses those of the version before it, which stays as it is", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const first = await unpackVersion(folder, manifest, data);
    const before = snapshot(first.folder);
    const next = tempFolder();
    const changed = await tinyPackage(next, {
      omit: ["node", "modules", "pulumi", "plugins"],
      created: "2026-11-30T00:00:00Z",
    });
    const second = await unpackVersion(next, changed, data);
    expect(second.folder).not.toBe(first.folder);
    expect(snapshot(first.folder)).toEqual(before);
    expect(readdirSync(join(data.path, "tools"))).toHaveLength(5);
    expect(await must(join(second.folder, "bin/node"), ["--version"])).toBe(process.version);
  });

  it.each(["node", "modules", "pulumi", "plugins"] as const)("is refused where the host has no %s", async (name) => {
    const { folder, manifest, data } = await packageAndHost({ omit: [name] });
    expect(await failureOf(unpackVersion(folder, manifest, data))).toBe(
      `The package has no ${name}, and this host does not have it either: bring the complete package`,
    );
    expect(await data.versions()).toEqual([]);
  });
});

describe("a package that is another one after it was verified", () => {
  const changed =
    "; it was changed after it was verified, or the disk gives back other bytes each time: copy the package to another disk";

  /** What is left of a version and its tools that were not unpacked whole. */
  const left = (data: DataFolder, digest: string) => [
    existsSync(data.tool(digest)),
    ...["tools", "versions"].flatMap((name) => readdirSync(join(data.path, name))).filter((name) => name.includes(".")),
    ...readdirSync(join(data.path, "versions")),
  ];

  it.each(["node", "modules", "program"] as const)("leaves neither %s nor a version", async (name) => {
    const { folder, manifest, data } = await packageAndHost();
    const { digest, files } = manifest.tools[name];
    const path = files.at(-1) ?? "";
    const good = readFileSync(join(folder, path));
    const bad = Buffer.from(good);
    bad.writeUInt8(bad.readUInt8(bad.length - 1) ^ 1, bad.length - 1);
    writeFileSync(join(folder, path), bad);
    const message = await failureOf(unpackVersion(folder, manifest, data));
    expect(message).toMatch(new RegExp(`^${path} (is damaged: its sha256 is |cannot be unpacked \\()`));
    expect(message).toContain(changed);
    expect(left(data, digest)).toEqual([false]);
    // The disk was only read badly; the next run gets through.
    writeFileSync(join(folder, path), good);
    await unpackVersion(folder, manifest, data);
    expect(await data.versions()).toHaveLength(1);
  });

  it("leaves nothing of an archive that its thief has written well, nor of one that tar does not read", async () => {
    for (const archive of [
      await archiveOf([{ name: "node_modules/evil.js", content: "evil" }]),
      Buffer.from("no archive"),
    ]) {
      const { folder, manifest, data } = await packageAndHost({ partSize: 1024 ** 2 });
      const { digest, files } = manifest.tools.modules;
      const path = files[0] ?? "";
      const size = manifest.files[path]?.size ?? 0;
      const evil = zstdCompressSync(archive);
      // Of the same length: a frame that a reader skips fills it up.
      const rest = Buffer.alloc(size - evil.length);
      rest.writeUInt32LE(0x184d2a50, 0);
      rest.writeUInt32LE(rest.length - 8, 4);
      writeFileSync(join(folder, path), Buffer.concat([evil, rest]));
      const message = await failureOf(unpackVersion(folder, manifest, data));
      expect(message).toMatch(
        new RegExp(`^${path} is damaged: its sha256 is [0-9a-f]{64}, not [0-9a-f]{64}; it was changed`),
      );
      expect(left(data, digest)).toEqual([false]);
    }
  });

  it.each(["bootstrap.sh", "deploy.sh", "health-check.sh", "installed.sh", "run-log.sh"])(
    "leaves no version with another %s",
    async (name) => {
      const { folder, manifest, data } = await packageAndHost();
      const text = readFileSync(join(folder, name), "utf8").replace("set -e", "set +e");
      writeFileSync(join(folder, name), `${text.slice(0, -1)} `);
      const actual = hex(readFileSync(join(folder, name)));
      expect(await failureOf(unpackVersion(folder, manifest, data))).toBe(
        `${name} is damaged: its sha256 is ${actual}, not ${manifest.files[name]?.sha256 ?? ""}${changed}`,
      );
      expect(readdirSync(join(data.path, "versions"))).toEqual([]);
    },
  );

  it("gets the manifest that was verified, whatever the package has by now", async () => {
    const { folder, manifest, data } = await packageAndHost();
    writeFileSync(join(folder, "manifest.json"), "{}");
    const version = await unpackVersion(folder, manifest, data);
    expect(readFileSync(join(version.folder, "manifest.json"), "utf8")).toBe(manifest.text);
    expect(await data.versions()).toEqual([version]);
  });

  it("is refused when a content of it is not what its files are", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const other = { ...manifest.tools.modules, digest: sha256("other") };
    expect(
      await failureOf(unpackVersion(folder, { ...manifest, tools: { ...manifest.tools, modules: other } }, data)),
    ).toBe(
      `${other.files[0] ?? ""} in ${folder} has the content ${manifest.tools.modules.digest}, and ${other.digest} was expected`,
    );
    expect(left(data, other.digest)).toEqual([false]);
  });
});
