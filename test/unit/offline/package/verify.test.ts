import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PackageFile } from "../../../../offline/package/manifest.ts";
import { damagedFiles, otherFiles, packageSize, withModels } from "../../../../offline/package/verify.ts";
import { must } from "../../../support/shell.ts";
import { hex, noise } from "../../support/bytes.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const MiB = 1024 ** 2;

/** A folder with files of these lengths, and the list of them. */
function packageOf(sizes: Readonly<Record<string, number>>) {
  const folder = tempFolder();
  mkdirSync(join(folder, "images"));
  const files: Record<string, PackageFile> = {};
  for (const [path, size] of Object.entries(sizes)) {
    const bytes = noise(size, path);
    writeFileSync(join(folder, path), bytes);
    files[path] = { size, sha256: hex(bytes) };
  }
  return { folder, files };
}

const sizes = { "manifest.sig": 0, "images/a.000": 5 * MiB, "images/a.001": 3 * MiB + 1, b: 10, c: 1, d: 2, e: 3 };

function spoil(file: string): string {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 0x80, bytes.length - 1);
  writeFileSync(file, bytes);
  return hex(bytes);
}

async function check({ folder, files }: ReturnType<typeof packageOf>) {
  let read = 0;
  const damaged = await damagedFiles({ folder, files }, (bytes) => {
    read += bytes;
  });
  return { damaged, read };
}

describe("withModels", () => {
  const content = (...files: string[]) => ({ digest: "", size: 0, compression: "none" as const, files });
  const image = { name: "image", id: "", config: content("config.json") };
  const manifest = {
    models: ["first:1", "second:2"].map((name) => ({ name, digest: "", blobs: [] })),
    images: [
      { ...image, layers: [content(), content("b.tar.000", "b.tar.001"), content("base.tar.zst")] },
      { ...image, layers: [content("gateway.tar.zst")] },
    ],
  };

  it("names the model whose weights a file has, and no other", () => {
    expect(
      withModels(
        ["b.tar.001 is damaged: its sha256 is 1, not 2", "base.tar.zst is missing", "gateway.tar.zst is missing"],
        manifest,
      ),
    ).toEqual([
      "b.tar.001 is damaged: its sha256 is 1, not 2 (weights of second:2)",
      "base.tar.zst is missing",
      "gateway.tar.zst is missing",
    ]);
  });
});

describe("the files of a package", () => {
  it("are all as they were packed, and every byte of them was read", async () => {
    const whole = packageOf(sizes);
    expect(await check(whole)).toEqual({ damaged: [], read: packageSize(whole) });
    expect(packageSize(whole)).toBe(8 * MiB + 17);
  });

  it("are none in an empty package", async () => {
    expect(await check(packageOf({}))).toEqual({ damaged: [], read: 0 });
    expect(packageSize({ files: {} })).toBe(0);
  });

  it("tell a flipped bit, and the hash", async () => {
    const spoilt = packageOf(sizes);
    const actual = spoil(join(spoilt.folder, "images/a.001"));
    expect(await check(spoilt)).toEqual({
      damaged: [`images/a.001 is damaged: its sha256 is ${actual}, not ${spoilt.files["images/a.001"]?.sha256 ?? ""}`],
      read: packageSize(spoilt),
    });
  });

  it("tell one that is missing", async () => {
    const spoilt = packageOf(sizes);
    rmSync(join(spoilt.folder, "b"));
    expect(await check(spoilt)).toEqual({ damaged: ["b is missing"], read: packageSize(spoilt) - 10 });
  });

  it("tell one that was cut", async () => {
    const spoilt = packageOf(sizes);
    truncateSync(join(spoilt.folder, "images/a.000"), 4 * MiB);
    expect(await check(spoilt)).toEqual({
      damaged: ["images/a.000 has 4194304 of 5242880 bytes"],
      read: packageSize(spoilt) - 5 * MiB,
    });
  });

  it("tell one that has become longer", async () => {
    const spoilt = packageOf(sizes);
    appendFileSync(join(spoilt.folder, "manifest.sig"), "xy");
    expect(await check(spoilt)).toEqual({
      damaged: ["manifest.sig has 2 of 0 bytes"],
      read: packageSize(spoilt),
    });
  });

  it("tell one that is no file: a folder, a link, also to the same bytes, a pipe, and a file for a folder", async () => {
    const spoilt = packageOf(sizes);
    const elsewhere = tempFolder();
    for (const name of ["b", "c", "d"]) renameSync(join(spoilt.folder, name), join(elsewhere, name));
    mkdirSync(join(spoilt.folder, "b"));
    symlinkSync(join(elsewhere, "c"), join(spoilt.folder, "c"));
    await must("mkfifo", [join(spoilt.folder, "d")]);
    rmSync(join(spoilt.folder, "images"), { recursive: true });
    writeFileSync(join(spoilt.folder, "images"), "");
    expect((await check(spoilt)).damaged).toEqual([
      "b is a folder, not a file",
      "c is a link, not a file",
      "d is a device, pipe or socket, not a file",
      "images is a file, not a folder",
      "images is a file, not a folder",
    ]);
  });

  it("tell those below a folder that is a link, also to the same files", async () => {
    const spoilt = packageOf(sizes);
    const elsewhere = join(tempFolder(), "images");
    renameSync(join(spoilt.folder, "images"), elsewhere);
    symlinkSync(elsewhere, join(spoilt.folder, "images"));
    expect((await check(spoilt)).damaged).toEqual(["images is a link, not a folder", "images is a link, not a folder"]);
  });

  it("tell one whose name no disk takes", async () => {
    const { folder } = packageOf({});
    const path = "x".repeat(256);
    const files = { [path]: { size: 0, sha256: hex("") } };
    expect((await check({ folder, files })).damaged).toEqual([`${path} cannot be read (ENAMETOOLONG)`]);
  });

  it("tell all of them at once, in order", async () => {
    const spoilt = packageOf(sizes);
    rmSync(join(spoilt.folder, "e"));
    rmSync(join(spoilt.folder, "images/a.000"));
    const actual = spoil(join(spoilt.folder, "d"));
    truncateSync(join(spoilt.folder, "b"), 9);
    expect((await check(spoilt)).damaged).toEqual([
      "b has 9 of 10 bytes",
      `d is damaged: its sha256 is ${actual}, not ${spoilt.files["d"]?.sha256 ?? ""}`,
      "e is missing",
      "images/a.000 is missing",
    ]);
  });

  it("are told from others beside them, which are named once for a whole folder", async () => {
    const whole = packageOf(sizes);
    expect(await otherFiles(whole)).toEqual([]);
    for (const name of ["manifest.json", "manifest.json.sig", ".DS_Store", "images/a.002"])
      writeFileSync(join(whole.folder, name), "");
    mkdirSync(join(whole.folder, "System Volume Information/deep"), { recursive: true });
    symlinkSync("/etc", join(whole.folder, "images/etc"));
    expect(await otherFiles(whole)).toEqual([".DS_Store", "System Volume Information", "images/a.002", "images/etc"]);
    rmSync(join(whole.folder, "images"), { recursive: true });
    expect(await otherFiles(whole)).toEqual([".DS_Store", "System Volume Information"]);
  });

  it("are hashed in threads that end with the work", async () => {
    await check(packageOf(sizes));
    const threads = () => process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort");
    const before = threads().length;
    await check(packageOf(sizes));
    expect(threads()).toHaveLength(before);
  });
});
