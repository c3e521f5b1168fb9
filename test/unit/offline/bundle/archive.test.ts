import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { refuseOtherArchive, writeArchive } from "../../../../offline/bundle/archive.ts";
import { readManifest } from "../../../../offline/package/manifest.ts";
import { damagedFiles } from "../../../../offline/package/verify.ts";
import { must } from "../../../support/shell.ts";
import { entriesOf, listed } from "../../docker/archives.ts";
import { tinyPackage } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

/** Every file below a folder with its bytes. */
function contentsIn(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), readFileSync(path, "latin1")]));
}

describe("the archive of a package", () => {
  it("extracts to the same files, in place of the folder but for what somebody else has put there", async () => {
    const out = tempFolder();
    const folder = join(out, "package");
    mkdirSync(folder);
    const manifest = await tinyPackage(folder);
    const before = contentsIn(folder);
    writeFileSync(join(folder, "tools/theirs"), "");
    expect(Object.keys(before).length).toBeGreaterThan(10);
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await writeArchive(folder, [...Object.keys(manifest.files), "manifest.json"], 1000)).toBe(`${folder}.tar`);
    expect(said.mock.calls.map(([line]) => line)).toEqual([`${folder} stays, with files that are not the package's\n`]);
    said.mockRestore();
    expect(readdirSync(folder, { recursive: true })).toEqual(["tools", "tools/theirs"]);
    const extracted = tempFolder();
    await must("tar", ["-x", "-f", `${folder}.tar`, "-C", extracted]);
    expect(contentsIn(extracted)).toEqual(before);
    expect((await readManifest(extracted)).digest).toBe(manifest.digest);
    expect(await damagedFiles({ folder: extracted, files: manifest.files }, () => undefined)).toEqual([]);
  });

  it("has nothing of the machine in it, folders before what is in them, and the names in order", async () => {
    const folder = tempFolder({ "verify.sh": "#!/bin/sh\n", b: "b", "manifest.json": "{}" });
    const file = `${folder}.tar`;
    chmodSync(join(folder, "verify.sh"), 0o700);
    chmodSync(join(folder, "b"), 0o600);
    mkdirSync(join(folder, "tools/sub"), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "tools/sub/node.000"), "x");
    symlinkSync("b", join(folder, "link"));
    await writeArchive(folder, ["verify.sh", "b", "manifest.json", "tools/sub/node.000", "link"], 0);
    expect(existsSync(folder)).toBe(false);
    mkdirSync(folder);
    const entries = await entriesOf(readFileSync(file));
    await must("rm", [file]);
    expect(listed(entries)).toEqual([
      "file manifest.json",
      "directory tools",
      "directory tools/sub",
      "file b",
      "symlink link",
      "file tools/sub/node.000",
      "file verify.sh",
    ]);
    expect(entries.map(({ mode }) => mode.toString(8))).toEqual(["644", "755", "755", "644", "644", "644", "755"]);
    expect(entries.map(({ mtime, owner }) => `${mtime} ${owner.join()}`)).toEqual(entries.map(() => "0 0,0,,"));
  });

  it("takes the place of an earlier one", async () => {
    const out = tempFolder({ "package.tar": "old", "package.tar.partial": "much longer ".repeat(10_000) });
    const folder = join(out, "package");
    mkdirSync(folder);
    writeFileSync(join(folder, "manifest.json"), "{}");
    await writeArchive(folder, ["manifest.json"], 0);
    expect(readdirSync(out)).toEqual(["package.tar"]);
    expect(statSync(join(out, "package.tar")).size).toBe(2048);
    await refuseOtherArchive(folder);
  });

  it.each(["", "holiday", "photos.jpg\0"])("never takes the place of a file that begins with %j", async (beginning) => {
    const out = tempFolder({ "package.tar": beginning });
    await refuseOtherArchive(join(out, "other"));
    expect(await failureOf(refuseOtherArchive(join(out, "package")))).toBe(
      `${out}/package.tar is there already, and is not an archive of this program's: remove it, or name another --out`,
    );
  });

  it("leaves the folder and no archive when it cannot be written", async () => {
    const folder = tempFolder({ a: "a", "manifest.json": "{}" });
    mkdirSync(`${folder}.tar.partial`);
    const message = await failureOf(writeArchive(folder, ["a", "manifest.json"], 1));
    await must("rmdir", [`${folder}.tar.partial`]);
    expect(message).toBe(`EISDIR: illegal operation on a directory, open '${folder}.tar.partial'`);
    expect(readFileSync(join(folder, "a"), "utf8")).toBe("a");
    expect(existsSync(join(dirname(folder), `${basename(folder)}.tar`))).toBe(false);
  });
});
