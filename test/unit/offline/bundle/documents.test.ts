import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { guide, packDocuments } from "../../../../offline/bundle/documents.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { projectFolder } from "../../../../support/project-folder.ts";
import { stagedModel } from "../../support/staged-model.ts";
import { tempFolder } from "../../support/temp-folder.ts";

describe.each(["en", "ko"])("the operator's guide in %s", (language) => {
  const source = readFileSync(join(projectFolder, "docs", language, "closed-host.md"), "utf8");
  const rows = (text: string) => text.split("\n").filter((line) => line.startsWith("|"));

  it("has the tables of its source, without what aligns their columns", async () => {
    const cells = (text: string) => rows(text).map((row) => row.split("|").map((cell) => cell.trim()));
    const text = await guide(language);
    expect(rows(text).filter((row) => / {2}\||----/.test(row))).toEqual([]);
    const short = cells(source).map((row) => row.map((cell) => cell.replace(/^-+$/, "---")));
    expect(cells(text)).toEqual(cells(short.map((row) => row.join("|")).join("\n")));
    expect(rows(text).length).toBeGreaterThan(100);
  });

  it("links to nothing that the package lacks, and is else as it is written", async () => {
    const text = await guide(language);
    expect(text).not.toMatch(/\]\((?!#|https:)/);
    const prose = (lines: string) => lines.split("\n").filter((line) => !line.startsWith("|"));
    expect(prose(text)).toEqual(prose(source.replaceAll(/\[([^\]]+)\]\((?!#|https:)[^)]*\)/g, "$1")));
  });
});

describe("the licences of a package", () => {
  it("are those that its README names, and each one's of what is bundled in an image", async () => {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 1024 ** 2);
    const { store, manifest } = await stagedModel();
    const staged = { model: "gemma3n:e4b", manifest, store };
    const bundled = ["node_modules/prom-client", "node_modules/@opentelemetry/api"];
    await packDocuments(writer, { staged, notice: null, bundled });
    const text = (path: string) => readFileSync(join(folder, path), "utf8");
    const named = [...text("licenses/README.md").matchAll(/`(licenses\/[\w.-]+(?:\/[\w.-]+)*)`/g)].map(
      ([, path]) => path,
    );
    expect(named).toContain("licenses/GPL-2.0.txt");
    const optional = ["licenses/model/NOTICE", "licenses/usher"];
    expect(named.filter((path = "") => !optional.includes(path) && !(path in writer.files))).toEqual([]);
    for (const name of ["prom-client", "@opentelemetry/api"])
      expect(text(`licenses/usher/${name}/LICENSE`)).toBe(
        readFileSync(join(projectFolder, "node_modules", name, "LICENSE"), "utf8"),
      );
  });
});
