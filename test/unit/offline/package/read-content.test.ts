import { appendFileSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Content } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { readContent, type PackageFiles } from "../../../../offline/package/read-content.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { bytesOf, leaksOf } from "../../docker/archives.ts";
import { hex, noise, streamOf } from "../../support/bytes.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const long = noise(250);

/** A content in parts of 100 bytes, and the package that it is in. */
async function packed(compression: Content["compression"]): Promise<{ source: PackageFiles; content: Content }> {
  const folder = tempFolder();
  const writer = await PackageWriter.open(folder, 100);
  const content =
    compression === "zstd"
      ? await writer.writeCompressed("a", streamOf(long))
      : await writer.writePlain("a", () => streamOf(long));
  expect(content.files).toEqual(["a.000", "a.001", "a.002"]);
  return { source: { folder, files: writer.files }, content };
}

const changed = (problem: string) =>
  `${problem}; it was changed after it was verified, or the disk gives back other bytes each time: copy the package to another disk`;

describe.each(["none", "zstd"] as const)("a content with compression %s", (compression) => {
  it("is read over its parts", async () => {
    const { source, content } = await packed(compression);
    expect(await bytesOf(readContent(source, content))).toEqual(long);
  });

  it("is not read any more once its reader is to stop", async () => {
    const { source, content } = await packed(compression);
    const reading = bytesOf(readContent({ ...source, signal: AbortSignal.abort(new Error("enough")) }, content));
    expect(await failureOf(reading)).toBe("enough");
  });

  it("is refused at its end when it has another digest", async () => {
    const { source, content } = await packed(compression);
    const other = sha256("other");
    const read: Uint8Array[] = [];
    const reading = async () => {
      for await (const chunk of readContent(source, { ...content, digest: other })) read.push(chunk);
    };
    expect(await failureOf(reading())).toBe(
      `a.000 in ${source.folder} has the content ${sha256(long)}, and ${other} was expected`,
    );
    expect(Buffer.concat(read)).toEqual(long);
  });

  it.each([
    [
      "is missing",
      (file: string) => {
        rmSync(file);
      },
      "is missing",
    ],
    [
      "is cut",
      (file: string) => {
        truncateSync(file, 99);
      },
      "has 99 of 100 bytes",
    ],
    [
      "has become longer",
      (file: string) => {
        appendFileSync(file, "x");
      },
      "has 101 of 100 bytes",
    ],
    [
      "is a link now",
      (file: string) => {
        renameSync(file, `${file}.old`);
        symlinkSync(`${file}.old`, file);
      },
      "is a link, not a file",
    ],
  ])("is not read when one of its parts %s, and nothing is left behind", async (_, spoil, problem) => {
    const { source, content } = await packed(compression);
    spoil(join(source.folder, "a.001"));
    const leaks = await leaksOf(async () => {
      expect(await failureOf(bytesOf(readContent(source, content)))).toBe(changed(`a.001 ${problem}`));
    });
    expect(leaks).toEqual([]);
  });

  it("is not read from a part that the manifest does not have", async () => {
    const { source, content } = await packed(compression);
    const files = Object.fromEntries(Object.entries(source.files).filter(([path]) => path !== "a.002"));
    expect(await failureOf(bytesOf(readContent({ ...source, files }, content)))).toBe(
      changed("a.002 is not in the manifest"),
    );
  });

  it("may be left before its end", async () => {
    const { source, content } = await packed(compression);
    const leaks = await leaksOf(async () => {
      const reader = readContent(source, content);
      expect((await reader.next()).done).toBe(false);
      await reader.return(undefined);
    });
    expect(leaks).toEqual([]);
  });
});

/** Turns a bit of a file. */
function spoil(file: string, at: number): Buffer {
  const bytes = readFileSync(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  writeFileSync(file, bytes);
  return bytes;
}

it("names the part of a plain content that became another one", async () => {
  const { source, content } = await packed("none");
  const bytes = spoil(join(source.folder, "a.001"), 0);
  expect(await failureOf(bytesOf(readContent(source, content)))).toBe(
    changed(`a.001 is damaged: its sha256 is ${hex(bytes)}, not ${source.files["a.001"]?.sha256 ?? ""}`),
  );
});

it("names the part of a content in zstd that cannot be unpacked any more", async () => {
  const { source, content } = await packed("zstd");
  writeFileSync(join(source.folder, "a.000"), Buffer.alloc(100, "x"));
  const message = await failureOf(bytesOf(readContent(source, content)));
  expect(message).toMatch(/^a\.000 (cannot be unpacked \(|is damaged: )/);
  expect(message).toContain(changed(""));
});

it("does not take the beginning of a zstd stream for all of it", async () => {
  const { source, content } = await packed("zstd");
  const cut = readFileSync(join(source.folder, "a.002")).subarray(0, 10);
  writeFileSync(join(source.folder, "a.002"), cut);
  const files = { ...source.files, "a.002": { size: 10, sha256: hex(cut) } };
  expect(await failureOf(bytesOf(readContent({ ...source, files }, content)))).toBe(
    changed("a.002 cannot be unpacked (unexpected end of file)"),
  );
});
