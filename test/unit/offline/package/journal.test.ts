import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Journal, journalName, signatureName } from "../../../../offline/package/journal.ts";
import { canonical, type Content } from "../../../../offline/package/manifest.ts";
import { sha256 } from "../../../../support/hashing.ts";
import { hex } from "../../support/bytes.ts";
import { manifestWith } from "../../support/package.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

/** A journal of a folder, whose package is unfinished from then on. */
async function begun(folder: string): Promise<Journal> {
  const journal = await Journal.read(folder);
  await journal.begin();
  return journal;
}

const file = (text: string) => ({ size: text.length, sha256: hex(text) });
const content: Content = { digest: sha256("onetwo"), size: 6, compression: "none", files: ["a.000", "a.001"] };

describe("a journal", () => {
  it("is on the disk from the start", async () => {
    const folder = tempFolder();
    await begun(folder);
    expect(readdirSync(folder)).toEqual([journalName]);
    expect(JSON.parse(readFileSync(join(folder, journalName), "utf8"))).toEqual({ contents: {}, files: {} });
  });

  it("has an entry on the disk as soon as it is made", async () => {
    const folder = tempFolder({ "a.000": "one" });
    const journal = await begun(folder);
    await journal.addFile("a.000", file("one"));
    await journal.addContent(content);
    expect(JSON.parse(readFileSync(join(folder, journalName), "utf8"))).toEqual({
      contents: { [content.digest]: content },
      files: { "a.000": file("one") },
    });
  });

  it("knows in the next run what was written", async () => {
    const folder = tempFolder({ "a.000": "one", "a.001": "two" });
    const first = await begun(folder);
    await first.addFile("a.000", file("one"));
    await first.addFile("a.001", file("two"));
    await first.addContent(content);
    const journal = await begun(folder);
    expect(await journal.file("a.001")).toEqual(file("two"));
    expect(await journal.content(content.digest)).toEqual(content);
  });

  it("knows nothing of files that it has no entry of", async () => {
    const journal = await begun(tempFolder({ "a.000": "one" }));
    expect(await journal.file("a.000")).toBeUndefined();
    expect(await journal.content(content.digest)).toBeUndefined();
  });

  it.each([
    ["damaged", "onE"],
    ["shorter", "on"],
    ["longer", "one+"],
  ])("does not count a file that is %s, nor a content with it", async (_, text) => {
    const folder = tempFolder({ "a.000": "one", "a.001": "two" });
    const first = await begun(folder);
    await first.addFile("a.000", file("one"));
    await first.addFile("a.001", file("two"));
    await first.addContent(content);
    writeFileSync(join(folder, "a.000"), text);
    const journal = await begun(folder);
    expect(await journal.file("a.000")).toBeUndefined();
    expect(await journal.file("a.001")).toEqual(file("two"));
    expect(await journal.content(content.digest)).toBeUndefined();
  });

  it("counts a damaged file again once it was written again", async () => {
    const folder = tempFolder({ "a.000": "one" });
    await (await begun(folder)).addFile("a.000", file("one"));
    writeFileSync(join(folder, "a.000"), "bad");
    const journal = await begun(folder);
    expect(await journal.file("a.000")).toBeUndefined();
    await journal.addFile("a.000", file("new"));
    expect(await journal.file("a.000")).toEqual(file("new"));
  });

  it("does not count a missing file", async () => {
    const folder = tempFolder();
    await (await begun(folder)).addFile("a.000", file("one"));
    expect(await (await begun(folder)).file("a.000")).toBeUndefined();
  });

  it("does not count a content that an earlier package left out", async () => {
    const journal = await begun(tempFolder());
    await journal.addContent({ ...content, files: [] });
    expect(await journal.content(content.digest)).toBeUndefined();
  });

  it("takes over the files of a finished package, which is none any more", async () => {
    const tools = { ...manifestWith().tools, modules: content };
    const files = { "a.000": file("one"), "a.001": file("two") };
    const folder = tempFolder({
      "manifest.json": canonical(manifestWith({ tools, files })),
      [signatureName]: "signature",
      "a.000": "one",
      "a.001": "two",
    });
    const journal = await begun(folder);
    expect(await journal.content(content.digest)).toEqual(content);
    expect(readdirSync(folder).sort()).toEqual(["a.000", "a.001", journalName]);
    expect(await (await begun(folder)).content(content.digest)).toEqual(content);
  });

  it("believes what is unfinished, not a manifest beside it", async () => {
    const folder = tempFolder({
      "manifest.json": canonical(manifestWith({ files: { "a.000": file("one") } })),
      [journalName]: JSON.stringify({ contents: {}, files: { "a.001": file("two") } }),
      "a.000": "one",
      "a.001": "two",
    });
    const journal = await begun(folder);
    expect([await journal.file("a.000"), await journal.file("a.001")]).toEqual([undefined, file("two")]);
    expect(existsSync(join(folder, "manifest.json"))).toBe(false);
  });

  it("leaves a manifest of something else where it is", async () => {
    const folder = tempFolder({ "manifest.json": '{"name":"A web page"}' });
    expect(await failureOf(begun(folder))).toBe(
      `${folder} cannot become a package: manifest.json is not a package manifest of format 1, which is the one this ` +
        "program reads: format: Invalid input: expected 1; nothing was changed, empty the folder or name another one with --out",
    );
    expect(readdirSync(folder)).toEqual(["manifest.json"]);
  });
});
