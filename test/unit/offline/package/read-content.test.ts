import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Content } from "../../../../offline/package/manifest.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { readContent } from "../../../../offline/package/read-content.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { bytesOf, leaksOf } from "../../docker/archives.ts";
import { noise, streamOf } from "../../support/bytes.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

const long = noise(250);

/** A folder with a content in parts of 100 bytes. */
async function packed(compression: Content["compression"]): Promise<{ folder: string; content: Content }> {
  const folder = tempFolder();
  const writer = await PackageWriter.open(folder, 100);
  const content =
    compression === "zstd"
      ? await writer.writeCompressed("a", streamOf(long))
      : await writer.writePlain("a", () => streamOf(long));
  expect(content.files).toEqual(["a.000", "a.001", "a.002"]);
  return { folder, content };
}

describe.each(["none", "zstd"] as const)("a content with compression %s", (compression) => {
  it("is read over its parts", async () => {
    const { folder, content } = await packed(compression);
    expect(await bytesOf(readContent(folder, content))).toEqual(long);
  });

  it("is refused at its end when it has another digest", async () => {
    const { folder, content } = await packed(compression);
    const other = sha256("other");
    const read: Uint8Array[] = [];
    const reading = async () => {
      for await (const chunk of readContent(folder, { ...content, digest: other })) read.push(chunk);
    };
    expect(await failureOf(reading())).toBe(
      `a.000 in ${folder} has the content ${sha256(long)}, and ${other} was expected`,
    );
    expect(Buffer.concat(read)).toEqual(long);
  });

  it("is not read without one of its parts, and nothing is left behind", async () => {
    const { folder, content } = await packed(compression);
    rmSync(join(folder, "a.001"));
    const leaks = await leaksOf(async () => {
      expect(await failureOf(bytesOf(readContent(folder, content)))).toBe(
        `ENOENT: no such file or directory, open '${folder}/a.001'`,
      );
    });
    expect(leaks).toEqual([]);
  });

  it("may be left before its end", async () => {
    const { folder, content } = await packed(compression);
    const leaks = await leaksOf(async () => {
      const reader = readContent(folder, content);
      expect((await reader.next()).done).toBe(false);
      await reader.return(undefined);
    });
    expect(leaks).toEqual([]);
  });
});

it("tells a damaged part of a plain content", async () => {
  const { folder, content } = await packed("none");
  const bytes = readFileSync(join(folder, "a.001"));
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1);
  writeFileSync(join(folder, "a.001"), bytes);
  const actual = Buffer.concat([long.subarray(0, 100), bytes, long.subarray(200)]);
  expect(await failureOf(bytesOf(readContent(folder, content)))).toBe(
    `a.000 in ${folder} has the content ${sha256(actual)}, and ${content.digest} was expected`,
  );
});

it("does not take the beginning of a zstd stream for all of it", async () => {
  const { folder, content } = await packed("zstd");
  truncateSync(join(folder, "a.002"), 10);
  expect(await failureOf(bytesOf(readContent(folder, content)))).toBe("unexpected end of file");
});
