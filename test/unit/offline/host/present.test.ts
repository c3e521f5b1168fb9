import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { presentOn } from "../../../../offline/host/present.ts";
import { unpackVersion } from "../../../../offline/host/unpack.ts";
import { listName } from "../../../../offline/host/tree-list.ts";
import { markName } from "../../../../support/own-folder.ts";
import { fakePrograms } from "../../support/fake-program.ts";
import { tinyPackage, type TinyPackage } from "../../support/package.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** An engine with two images, one of which has gone by the time it is asked about. */
function engine(): void {
  fakePrograms({
    docker: [
      'case "$*" in',
      '"image ls"*) printf "%s\\n" one two one ;;',
      `*one) echo '["sha256:a","sha256:b"]' ;;`,
      "*) exit 1 ;;",
      "esac",
    ].join("\n"),
  });
}

async function packageAndHost(args: TinyPackage = {}) {
  engine();
  const folder = tempFolder();
  return { folder, manifest: await tinyPackage(folder, args), data: new DataFolder(join(tempFolder(), "data")) };
}

const nothing = { version: false, leftovers: { bytes: 0, inodes: 0 } };

describe("what a host has of a package", () => {
  it("is nothing on a new one, but for what its engine has", async () => {
    const { manifest, data } = await packageAndHost();
    expect(await presentOn(data, manifest, "/tmp/check.own123")).toEqual({
      ...nothing,
      images: [["sha256:a", "sha256:b"]],
      tools: new Set(),
    });
    expect(existsSync(data.path)).toBe(false);
  });

  it("is nothing of an engine that does not answer", async () => {
    const { manifest, data } = await packageAndHost();
    fakePrograms({ docker: "exit 1" });
    expect((await presentOn(data, manifest, "/tmp/check.own123")).images).toEqual([]);
  });

  it("is all of what was unpacked", async () => {
    const { folder, manifest, data } = await packageAndHost();
    await unpackVersion(folder, manifest, data);
    expect(await presentOn(data, manifest, "/tmp/check.own123")).toMatchObject({
      ...nothing,
      version: true,
      tools: new Set(Object.values(manifest.tools).map(({ digest }) => digest)),
    });
  });

  it("is what an earlier version shares with it, and what a delta leaves out", async () => {
    const { folder, manifest, data } = await packageAndHost();
    await unpackVersion(folder, manifest, data);
    const next = await tinyPackage(tempFolder(), { files: { "Pulumi.prod.yaml": "config: {}\n" } });
    const { program, ...shared } = next.tools;
    const { tools, version } = await presentOn(data, next, "/tmp/check.own123");
    expect([tools, version]).toEqual([new Set(Object.values(shared).map(({ digest }) => digest)), false]);
    expect(tools.has(program.digest)).toBe(false);
    const delta = await tinyPackage(tempFolder(), { omit: ["node", "modules"] });
    expect((await presentOn(new DataFolder(tempFolder()), delta, "/tmp/check.own123")).tools).toEqual(
      new Set([delta.tools.node.digest, delta.tools.modules.digest]),
    );
  });

  it("is no tree that is damaged or has no list, as it is made again beside it", async () => {
    const { folder, manifest, data } = await packageAndHost();
    const { folder: version } = await unpackVersion(folder, manifest, data);
    const [modules, pulumi] = [manifest.tools.modules.digest, manifest.tools.pulumi.digest];
    truncateSync(join(data.tool(modules), "node_modules/left/index.js"), 1);
    rmSync(join(data.tool(pulumi), listName));
    rmSync(join(version, "env.sh"));
    const present = await presentOn(data, manifest, "/tmp/check.own123");
    expect(present.version).toBe(false);
    expect([present.tools.has(modules), present.tools.has(pulumi), present.tools.size]).toEqual([false, false, 3]);
  });
});

describe("what killed runs have left of trees", () => {
  it("is told with its room, and removed before anything is unpacked", async () => {
    const { folder, manifest, data } = await packageAndHost();
    await data.create();
    for (const half of ["tools/0123456789ab.partial/node_modules", "versions/0123456789ab.partial"])
      mkdirSync(join(data.path, half), { recursive: true });
    writeFileSync(join(data.path, "tools/0123456789ab.partial/node_modules/index.js"), Buffer.alloc(100_000));
    writeFileSync(join(data.path, "tools/notes.partial"), "of somebody else");
    const { leftovers } = await presentOn(data, manifest, "/tmp/check.own123");
    expect(leftovers.inodes).toBe(4);
    expect(leftovers.bytes).toBeGreaterThanOrEqual(100_000);
    expect(leftovers.bytes).toBeLessThan(150_000);
    await unpackVersion(folder, manifest, data);
    expect((await presentOn(data, manifest, "/tmp/check.own123")).leftovers).toEqual({ bytes: 0, inodes: 0 });
    expect(readdirSync(join(data.path, "tools")).filter((name) => name.endsWith(".partial"))).toEqual([
      "notes.partial",
    ]);
  });

  it("is also what they have started from, but for this run's own and folders of others", async () => {
    const { manifest, data } = await packageAndHost();
    const own = join(data.path, "check.abcdef");
    for (const folder of [
      own,
      ...["runtime.abcdef", "check.ABC123", "runtime.photos", "runtime.longer-name"].map((name) =>
        join(data.path, name),
      ),
    ]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "node"), Buffer.alloc(100_000));
      if (!folder.endsWith("photos")) writeFileSync(join(folder, markName), "");
    }
    const { leftovers } = await presentOn(data, manifest, own);
    expect(leftovers.inodes).toBe(2 * 3);
    expect(leftovers.bytes).toBeGreaterThanOrEqual(200_000);
    expect(leftovers.bytes).toBeLessThan(250_000);
  });
});
