import { appendFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { PackageFile } from "../../../../offline/package/manifest.ts";
import { damagedFiles, packageSize } from "../../../../offline/package/verify.ts";
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
  const damaged = await damagedFiles(folder, { files }, (bytes) => {
    read += bytes;
  });
  return { damaged, read };
}

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
      read: packageSize(spoilt) - MiB,
    });
  });

  it("tell one that has become longer", async () => {
    const spoilt = packageOf(sizes);
    appendFileSync(join(spoilt.folder, "manifest.sig"), "xy");
    expect(await check(spoilt)).toEqual({
      damaged: ["manifest.sig has 2 of 0 bytes"],
      read: packageSize(spoilt) + 2,
    });
  });

  it("tell one that cannot be read", async () => {
    const spoilt = packageOf(sizes);
    rmSync(join(spoilt.folder, "c"));
    mkdirSync(join(spoilt.folder, "c"));
    expect((await check(spoilt)).damaged).toEqual(["c cannot be read (EISDIR)"]);
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

  it("are hashed in threads that end with the work", async () => {
    await check(packageOf(sizes));
    const threads = () => process.getActiveResourcesInfo().filter((kind) => kind === "MessagePort");
    const before = threads().length;
    await check(packageOf(sizes));
    expect(threads()).toHaveLength(before);
  });
});
