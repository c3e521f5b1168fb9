import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../support/project-folder.ts";
import { anchors, difference, localLinks, type Document } from "../support/doc-parity.ts";

const read = (path: string): Document => ({ path, text: readFileSync(join(projectFolder, path), "utf8") });
const names = (language: string) =>
  globSync(join(projectFolder, `docs/${language}/*.md`))
    .map((file) => relative(join(projectFolder, "docs", language), file))
    .sort();
const english = names("en");
const documents = [
  "README.md",
  "README.ko.md",
  ...["en", "ko"].flatMap((one) => names(one).map((name) => `docs/${one}/${name}`)),
];

describe("the documents", () => {
  it("are the same in both languages", () => {
    expect(english.length).toBeGreaterThan(5);
    expect(names("ko")).toEqual(english);
  });

  it.each([["README.md", "README.ko.md"], ...english.map((name) => [`docs/en/${name}`, `docs/ko/${name}`])])(
    "%s and %s have the same headings, tables, commands and links",
    (one = "", other = "") => {
      expect(difference(read(one), read(other))).toBeUndefined();
    },
  );

  it.each(documents)("%s links only to what is there", (path) => {
    const broken = localLinks(read(path).text).filter((href) => {
      const [file = "", anchor] = href.split("#");
      const target = file === "" ? join(projectFolder, path) : resolve(projectFolder, dirname(path), file);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchors(readFileSync(target, "utf8")).includes(decodeURIComponent(anchor));
    });
    expect(broken).toEqual([]);
  });

  it.each(documents)("%s finds containers by the labels of a stack, and takes one or many", (path) => {
    const commands = read(path)
      .text.split("\n")
      .filter((line) => /docker (ps|network ls)\b/.test(line));
    expect(commands.filter((line) => !line.includes("label=io.chatgemma.stack="))).toEqual([]);
    expect(commands.filter((line) => line.includes("$(docker"))).toEqual([]);
  });

  it.each(documents)("%s writes options as they are, with two hyphens", (path) => {
    expect(
      read(path)
        .text.split("\n")
        .filter((line) => /---\w/.test(line)),
    ).toEqual([]);
  });

  it.each(["README.md", "README.ko.md"])("%s has one page", (path) => {
    expect(read(path).text.split("\n").length).toBeLessThanOrEqual(150);
  });
});

describe("a translation", () => {
  const text = "# A\n\n## B\n\n| C | D |\n| --- | --- |\n| `e` | f |\n\n```bash\nrun # now\n```\n\n[g](h.md#i)\n";
  const compare = (from: string, to: string) =>
    difference({ path: "a.md", text }, { path: "b.md", text: text.replace(from, to) });

  it("may have other words, comments, anchors and folders", () => {
    expect(compare("# A", "# 가")).toBeUndefined();
    expect(compare("h.md#i", "h.md#이")).toBeUndefined();
  });

  it.each([
    ["a heading of another level", "## B", "### B", "a.md has heading 2 where b.md has heading 3"],
    ["no heading", "## B\n", "B\n", "a.md has heading 2 where b.md has table of 2 columns"],
    ["a row too many", "| `e` | f |", "| `e` | f |\n| `x` | y |", "a.md has code run # now where b.md has row x"],
    ["another row", "`e`", "`x`", "a.md has row e where b.md has row x"],
    ["a column too many", /\|\n/g.source, "", "a.md has"],
    ["another command", "run", "stop", "a.md has code run # now where b.md has code stop # now"],
    ["another link", "h.md", "x.md", "a.md has link h.md# where b.md has link x.md#"],
  ])("is told to have %s", (what, from, to, message) => {
    const other = what === "a column too many" ? text.replaceAll("|\n", "| |\n") : text.replace(from, to);
    expect(difference({ path: "a.md", text }, { path: "b.md", text: other })).toContain(message);
  });
});
