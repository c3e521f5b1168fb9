import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { journalName } from "../../../../offline/package/journal.ts";
import { canonical } from "../../../../offline/package/manifest.ts";
import { packageFolder, PackageWriter } from "../../../../offline/package/package-writer.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { hex, noise, streamOf } from "../../support/bytes.ts";
import { manifestWith } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const long = noise(250);

/** Files below a folder, sorted, without the journal. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
  return paths.filter((path) => path !== journalName).sort();
}

const joined = (folder: string, files: readonly string[]) =>
  Buffer.concat(files.map((file) => readFileSync(join(folder, file))));

/** Gives a file a time at which nobody wrote it, and tells which file it is. */
function marked(folder: string, path: string): { inode: number; time: number } {
  utimesSync(join(folder, path), 1000, 1000);
  return identity(folder, path);
}

function identity(folder: string, path: string): { inode: number; time: number } {
  const { ino: inode, mtimeMs: time } = statSync(join(folder, path));
  return { inode, time };
}

/** A stream that breaks off after some chunks. */
async function* broken(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* streamOf(...chunks);
  throw new Error("The cable was pulled");
}

describe("the parts of a content", () => {
  it("are cut exactly where a part is full, and numbered", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    const content = await writer.writePlain("images/weights.tar", () => streamOf(long));
    const files = ["images/weights.tar.000", "images/weights.tar.001", "images/weights.tar.002"];
    expect(content).toEqual({ digest: sha256(long), size: 250, compression: "none", files });
    expect(filesIn(folder)).toEqual(files);
    expect(writer.files).toEqual({
      "images/weights.tar.000": { size: 100, sha256: hex(long.subarray(0, 100)) },
      "images/weights.tar.001": { size: 100, sha256: hex(long.subarray(100, 200)) },
      "images/weights.tar.002": { size: 50, sha256: hex(long.subarray(200)) },
    });
    expect(joined(folder, files)).toEqual(long);
  });

  it.each([
    ["one byte less than a part", 99, [99]],
    ["a part exactly", 100, [100]],
    ["one byte more than a part", 101, [100, 1]],
    ["two parts exactly", 200, [100, 100]],
  ])("are as long as they can be with %s", async (_, size, sizes) => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    const { files } = await writer.writePlain("a", () => streamOf(noise(size)));
    expect(files.map((file) => statSync(join(folder, file)).size)).toEqual(sizes);
  });

  it("do not depend on how the stream is cut", async () => {
    const chunked = [long.subarray(0, 1), Buffer.alloc(0), long.subarray(1, 120), long.subarray(120)];
    const [one, many] = [tempFolder(), tempFolder()];
    const writers = [await PackageWriter.open(one, 100), await PackageWriter.open(many, 100)];
    await writers[0]?.writePlain("a", () => streamOf(long));
    await writers[1]?.writePlain("a", () => streamOf(...chunked));
    expect(writers[1]?.files).toEqual(writers[0]?.files);
  });

  it("are more than a thousand when they must be, and then still in their order", { timeout: 60_000 }, async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 1);
    const { files } = await writer.writePlain("a", () => streamOf(noise(1001)));
    expect(files.slice(998)).toEqual(["a.998", "a.999", "a.1000"]);
    expect(joined(folder, files)).toEqual(noise(1001));
  });

  it("are made smaller with zstd, and hashed as they are on the disk", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    const text = Buffer.from("a line that repeats\n".repeat(1000));
    const content = await writer.writeCompressed("tools/program.tar.zst", streamOf(text, long));
    const stored = joined(folder, content.files);
    expect(content).toEqual({
      digest: sha256(Buffer.concat([text, long])),
      size: 20_250,
      compression: "zstd",
      files: content.files,
    });
    expect(content.files.slice(0, 3)).toEqual([0, 1, 2].map((part) => `tools/program.tar.zst.00${part}`));
    expect(stored.length).toBeLessThan(1000);
    expect(zstdDecompressSync(stored)).toEqual(Buffer.concat([text, long]));
    const sizes = content.files.map((file) => writer.files[file]?.size);
    expect(sizes.slice(0, -1)).toEqual(sizes.slice(0, -1).map(() => 100));
    expect(Object.values(writer.files).map((file) => file.sha256)).toEqual(
      content.files.map((file) => hex(readFileSync(join(folder, file)))),
    );
  });

  it("made with zstd are the same bytes every time", async () => {
    const [one, two] = [await PackageWriter.open(tempFolder(), 100), await PackageWriter.open(tempFolder(), 100)];
    await one.writeCompressed("a", streamOf("x".repeat(5000), long));
    await two.writeCompressed("a", streamOf("x".repeat(5000), long));
    expect(two.files).toEqual(one.files);
    expect(Object.keys(one.files).length).toBeGreaterThan(2);
  });

  it("are the same bytes when they are made smaller, however the content comes", async () => {
    // Compressible here and there, and longer than what zstd looks at in one go.
    const content = Buffer.concat(
      Array.from({ length: 60 }, (_, index) =>
        Buffer.from(hex(String(index % 7)).repeat(900) + hex(noise(3000 + index))),
      ),
    );
    const made: object[] = [];
    for (const length of [997, 32 * 1024, 65_537, content.length]) {
      const cuts = Array.from({ length: Math.ceil(content.length / length) }, (_, index) => index * length);
      const writer = await PackageWriter.open(tempFolder(), 4 * 1024 * 1024);
      await writer.writeCompressed("a", streamOf(...cuts.map((cut) => content.subarray(cut, cut + length))));
      made.push(writer.files);
    }
    expect(new Set(made.map((files) => JSON.stringify(files))).size).toBe(1);
  });

  it("made with zstd are one even for no bytes at all", async () => {
    const folder = tempFolder();
    const content = await (await PackageWriter.open(folder, 100)).writeCompressed("a", streamOf());
    expect(content).toEqual({ digest: sha256(""), size: 0, compression: "zstd", files: ["a.000"] });
    expect(zstdDecompressSync(joined(folder, content.files))).toEqual(Buffer.alloc(0));
  });

  it("end with the stream's error, and only whole ones have their names", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    expect(await failureOf(writer.writePlain("a", () => broken(long)))).toBe("The cable was pulled");
    expect(filesIn(folder)).toEqual(["a.000", "a.001", "a.002.partial"]);
    expect(Object.keys(writer.files)).toEqual(["a.000", "a.001"]);
  });

  it("made with zstd end with the stream's error as well", async () => {
    const writer = await PackageWriter.open(tempFolder(), 100);
    expect(await failureOf(writer.writeCompressed("a", broken(long)))).toBe("The cable was pulled");
  });
});

describe("a run that goes on", () => {
  it("keeps the parts that an interrupted run finished, and writes the rest", async () => {
    const folder = tempFolder();
    await failureOf((await PackageWriter.open(folder, 100)).writePlain("a", () => broken(long.subarray(0, 220))));
    const before = [marked(folder, "a.000"), marked(folder, "a.001")];
    const writer = await PackageWriter.open(folder, 100);
    const content = await writer.writePlain("a", () => streamOf(long));
    expect([identity(folder, "a.000"), identity(folder, "a.001")]).toEqual(before);
    expect(content).toEqual({
      digest: sha256(long),
      size: 250,
      compression: "none",
      files: ["a.000", "a.001", "a.002"],
    });
    expect(joined(folder, content.files)).toEqual(long);
    expect(writer.files["a.002"]).toEqual({ size: 50, sha256: hex(long.subarray(200)) });
  });

  it.each([
    [
      "damaged",
      (file: string) => {
        const bytes = readFileSync(file);
        bytes.writeUInt8(bytes.readUInt8(50) ^ 1, 50);
        writeFileSync(file, bytes);
      },
    ],
    [
      "cut",
      (file: string) => {
        truncateSync(file, 99);
      },
    ],
  ])("writes a part again that was %s on the disk, and keeps the others", async (_, spoil) => {
    const folder = tempFolder();
    await (await PackageWriter.open(folder, 100)).writePlain("a", () => streamOf(long));
    const before = [marked(folder, "a.000"), marked(folder, "a.002")];
    spoil(join(folder, "a.001"));
    const writer = await PackageWriter.open(folder, 100);
    expect(await writer.kept(sha256(long))).toBeUndefined();
    expect(writer.files).toEqual({});
    const { files } = await writer.writePlain("a", () => streamOf(long));
    expect(joined(folder, files)).toEqual(long);
    expect([identity(folder, "a.000"), identity(folder, "a.002")]).toEqual(before);
    expect(Object.keys(writer.files)).toEqual(files);
  });

  it.each([
    ["other bytes", noise(250, "other")],
    ["other bytes from the last part on", Buffer.concat([long.subarray(0, 200), noise(50, "other")])],
    ["fewer bytes", long.subarray(0, 150)],
    ["more bytes", noise(330)],
  ])("writes everything again for %s under the same name", async (_, bytes) => {
    const folder = tempFolder();
    await (await PackageWriter.open(folder, 100)).writePlain("a", () => streamOf(long));
    const writer = await PackageWriter.open(folder, 100);
    let opened = 0;
    const content = await writer.writePlain("a", () => {
      opened++;
      return streamOf(bytes);
    });
    expect(opened).toBe(2);
    expect(content.digest).toBe(sha256(bytes));
    expect(joined(folder, content.files)).toEqual(bytes);
    const hashes = content.files.map((file) => writer.files[file]?.sha256);
    expect(hashes).toEqual(content.files.map((file) => hex(readFileSync(join(folder, file)))));
    expect(Object.keys(writer.files)).toEqual(content.files);
  });

  it("knows a whole content of an earlier run without its stream", async () => {
    const folder = tempFolder();
    const content = await (await PackageWriter.open(folder, 100)).writeCompressed("a", streamOf(long));
    const writer = await PackageWriter.open(folder, 100);
    expect(writer.files).toEqual({});
    expect(await writer.kept(content.digest)).toEqual(content);
    expect(writer.files).toEqual({});
    await writer.keep(content);
    expect(Object.keys(writer.files)).toEqual(content.files);
    expect(await writer.kept(sha256("another"))).toBeUndefined();
  });

  it("finds a content by the path it was written to", async () => {
    const folder = tempFolder();
    const content = await (await PackageWriter.open(folder, 100)).writePlain("a", () => streamOf(long));
    const writer = await PackageWriter.open(folder, 100);
    expect(await writer.keptAt("a")).toEqual(content);
    expect([await writer.keptAt("a.000"), await writer.keptAt("")]).toEqual([undefined, undefined]);
    expect(await (await PackageWriter.open(folder, 99)).keptAt("a")).toBeUndefined();
  });

  it("does not know a content whose files were taken by another one", async () => {
    const folder = tempFolder();
    const first = await PackageWriter.open(folder, 100);
    const old = await first.writePlain("a", () => streamOf(long));
    const content = await first.writePlain("a", () => streamOf(noise(250, "other")));
    const writer = await PackageWriter.open(folder, 100);
    expect(await writer.kept(old.digest)).toBeUndefined();
    expect(await writer.keptAt("a")).toEqual(content);
  });

  it("does not know a content one of whose files was taken by an interrupted run", async () => {
    const folder = tempFolder();
    const first = await PackageWriter.open(folder, 100);
    const old = await first.writePlain("a", () => streamOf(long));
    await failureOf(first.writePlain("a", () => broken(noise(150, "other"))));
    const writer = await PackageWriter.open(folder, 100);
    expect(await writer.kept(old.digest)).toBeUndefined();
    expect(await writer.keptAt("a")).toBeUndefined();
  });

  it("does not know a content that was interrupted", async () => {
    const folder = tempFolder();
    await failureOf((await PackageWriter.open(folder, 100)).writePlain("a", () => broken(long)));
    expect(await (await PackageWriter.open(folder, 100)).kept(sha256(long))).toBeUndefined();
  });

  it.each([
    [99, false],
    [100, true],
    [200, true],
  ])("keeps parts of 100 bytes with parts of %d: %s", async (partSize, keeps) => {
    const folder = tempFolder();
    await (await PackageWriter.open(folder, 100)).writePlain("a", () => streamOf(long));
    const writer = await PackageWriter.open(folder, partSize);
    expect((await writer.kept(sha256(long)))?.files).toEqual(keeps ? ["a.000", "a.001", "a.002"] : undefined);
  });

  it("writes shorter parts in place of longer ones", async () => {
    const folder = tempFolder();
    await (await PackageWriter.open(folder, 200)).writePlain("a", () => streamOf(long));
    const writer = await PackageWriter.open(folder, 100);
    const { files } = await writer.writePlain("a", () => streamOf(long));
    expect(files.map((file) => statSync(join(folder, file)).size)).toEqual([100, 100, 50]);
    expect(joined(folder, files)).toEqual(long);
  });

  it("is lent the files of a package that was finished, and that is none any more", async () => {
    const folder = tempFolder();
    const first = await PackageWriter.open(folder, 100);
    const content = await first.writePlain("a", () => streamOf(long));
    const tools = { ...manifestWith().tools, modules: content };
    await first.writeManifest(canonical(manifestWith({ tools, files: first.files })));
    await first.close();
    writeFileSync(join(folder, "manifest.json.sig"), "signature");
    expect(existsSync(join(folder, journalName))).toBe(false);
    const before = content.files.map((file) => marked(folder, file));
    const writer = await PackageWriter.open(folder, 100);
    expect(existsSync(join(folder, "manifest.json"))).toBe(false);
    expect(existsSync(join(folder, "manifest.json.sig"))).toBe(false);
    expect(await writer.kept(content.digest)).toEqual(content);
    await writer.writePlain("a", () => streamOf(long));
    expect(content.files.map((file) => identity(folder, file))).toEqual(before);
  });
});

describe("a package writer", () => {
  it("writes small files with their folders and hashes", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    await writer.writeFile("licenses/model/LICENSE", "Terms");
    await writer.writeFile("bytes", new Uint8Array([1, 2]));
    expect(readFileSync(join(folder, "licenses/model/LICENSE"), "utf8")).toBe("Terms");
    expect(writer.files).toEqual({
      "licenses/model/LICENSE": { size: 5, sha256: hex("Terms") },
      bytes: { size: 2, sha256: hex(new Uint8Array([1, 2])) },
    });
  });

  it("leaves a content out after all, on the disk and in the list", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    const content = await writer.writePlain("a", () => streamOf(long));
    await writer.writePlain("ab", () => streamOf("x"));
    await writer.remove(content);
    expect(filesIn(folder)).toEqual(["ab.000"]);
    expect(Object.keys(writer.files)).toEqual(["ab.000"]);
    await writer.remove(content);
    expect(filesIn(folder)).toEqual(["ab.000"]);
  });

  it("removes exactly what the package does not have", async () => {
    const folder = tempFolder({ photo: "", "photo.partial": "", "a.000.partial": "", "unfinished.json.partial": "" });
    mkdirSync(join(folder, "images/layers"), { recursive: true });
    writeFileSync(join(folder, "images/layers/old.000"), "");
    writeFileSync(join(folder, "images/layers/old.000.partial"), "");
    const writer = await PackageWriter.open(folder, 100);
    await writer.writePlain("a", () => streamOf(long));
    await writer.writeFile("images/layers/new", "new");
    await writer.removeStale();
    expect(filesIn(folder)).toEqual(["a.000", "a.001", "a.002", "images/layers/new", "photo", "photo.partial"]);
    expect(existsSync(join(folder, journalName))).toBe(true);
  });

  it("removes parts of an earlier run that were neither kept nor written again", async () => {
    const folder = tempFolder();
    await (await PackageWriter.open(folder, 100)).writePlain("a", () => streamOf(long));
    const writer = await PackageWriter.open(folder, 100);
    await writer.writePlain("a", () => streamOf(long.subarray(0, 150)));
    await writer.removeStale();
    expect(filesIn(folder)).toEqual(["a.000", "a.001"]);
  });

  it("calls a folder unfinished until it is closed, also with its manifest", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 100);
    expect(existsSync(join(folder, journalName))).toBe(true);
    await writer.writeFile("a", "a");
    await writer.removeStale();
    await writer.writeManifest("the manifest\n");
    expect(existsSync(join(folder, journalName))).toBe(true);
    await writer.close();
    expect(readdirSync(folder).sort()).toEqual(["a", "manifest.json"]);
    expect(readFileSync(join(folder, "manifest.json"), "utf8")).toBe("the manifest\n");
  });
});

describe("a folder that is looked at before anything is changed", () => {
  async function interrupted() {
    const folder = tempFolder();
    const first = await PackageWriter.open(folder, 100);
    await first.writePlain("tools/node", () => streamOf(noise(150, "node")));
    await failureOf(first.writePlain("images/layers/a.tar", () => broken(long.subarray(0, 220))));
    mkdirSync(join(folder, "images/layers"), { recursive: true });
    writeFileSync(join(folder, "images/layers/old.tar.000"), noise(70));
    writeFileSync(join(folder, "notes.txt"), "of somebody else");
    return folder;
  }

  it("keeps a finished package as it is, until it begins", async () => {
    const folder = tempFolder();
    const finished = await PackageWriter.open(folder, 100);
    await finished.writePlain("tools/node", () => streamOf(long));
    await finished.writeManifest(canonical(manifestWith({ files: finished.files })));
    await finished.close();
    const before = readdirSync(folder, { recursive: true }).sort();
    const writer = await PackageWriter.look(folder, 100);
    expect(await writer.sizeOfKept("tools/node.000")).toBe(100);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
    await writer.begin(["tools/node.000"]);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(["tools", "tools/node.000", journalName]);
  });

  it("tells which parts stay of a content that was interrupted, and which of them this run would write otherwise", async () => {
    const folder = await interrupted();
    const parts = async (partSize: number, path = "images/layers/a.tar") =>
      (await PackageWriter.look(folder, partSize)).keptParts(path);
    expect(await parts(100)).toEqual(["images/layers/a.tar.000", "images/layers/a.tar.001"]);
    expect([await parts(99), await parts(101), await parts(100, "images/layers/b.tar")]).toEqual([[], [], []]);
    truncateSync(join(folder, "images/layers/a.tar.001"), 99);
    expect(await parts(100)).toEqual(["images/layers/a.tar.000"]);
  });

  it("gives back the room of what does not stay, and of nothing else", async () => {
    const folder = await interrupted();
    const writer = await PackageWriter.look(folder, 100);
    const staying = ["images/layers/a.tar.000", "images/layers/a.tar.001"];
    const leaving = (await writer.leaving(staying)).sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(leaving).toEqual([
      { path: "images/layers/a.tar.002.partial", size: 20 },
      { path: "images/layers/old.tar.000", size: 70 },
      { path: "tools/node.000", size: 100 },
      { path: "tools/node.001", size: 50 },
    ]);
    await writer.begin(staying);
    expect(await writer.leaving(staying)).toEqual([]);
    expect(readFileSync(join(folder, "notes.txt"), "utf8")).toBe("of somebody else");
    expect(await writer.keptParts("images/layers/a.tar")).toEqual(staying);
    expect((await writer.writePlain("images/layers/a.tar", () => streamOf(long))).digest).toBe(sha256(long));
  });
});

describe("the folder of a package", () => {
  it("is made with those above it", async () => {
    const folder = join(tempFolder(), "to/be/made");
    await packageFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it("may be empty", async () => {
    const folder = tempFolder();
    await packageFolder(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ["manifest.json", canonical(manifestWith())],
    [journalName, "12345"],
  ])("may have a %s", async (name, text) => {
    const folder = tempFolder({ [name]: text });
    mkdirSync(join(folder, "tools/empty"), { recursive: true });
    writeFileSync(join(folder, "tools/node.000"), noise(1000));
    await packageFolder(folder);
    expect(readdirSync(folder).sort()).toEqual([name, "tools"].sort());
  });

  it("may not be that of something else with a manifest.json", async () => {
    const folder = tempFolder({ "manifest.json": '{"name":"a web application"}' });
    expect(await failureOf(packageFolder(folder))).toBe(
      `${folder} holds other files (manifest.json): name a folder of the package's own`,
    );
    expect(readFileSync(join(folder, "manifest.json"), "utf8")).toBe('{"name":"a web application"}');
  });

  it("may not have other files, of which it names three", async () => {
    const folder = tempFolder({ a: "", b: "", c: "", d: "" });
    const present = readdirSync(folder).slice(0, 3).join(", ");
    expect(await failureOf(packageFolder(folder))).toBe(
      `${folder} holds other files (${present}): name a folder of the package's own`,
    );
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it("may not have another folder", async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, "photos"));
    expect(await failureOf(packageFolder(folder))).toBe(
      `${folder} holds other files (photos): name a folder of the package's own`,
    );
  });
});
