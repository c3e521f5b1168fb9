import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forImage } from "../../../../docker/notices-layer.ts";
import { guide, packDocuments } from "../../../../offline/bundle/documents.ts";
import { PackageWriter } from "../../../../offline/package/package-writer.ts";
import { projectFolder } from "../../../../support/project-folder.ts";
import { stagedModels } from "../../support/staged-model.ts";
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
  const bundled = ["node_modules/prom-client", "node_modules/@opentelemetry/api"];

  /** A package with the documents of two models; texts of its files by path. */
  async function packed(node = true) {
    const folder = tempFolder();
    const writer = await PackageWriter.open(folder, 1024 ** 2);
    const models = forImage(await stagedModels(), [
      { notice: "Gemma is provided", contextLength: null },
      { notice: null, contextLength: null },
    ]);
    await packDocuments(writer, { models, node, bundled });
    return { paths: Object.keys(writer.files), text: (path: string) => readFileSync(join(folder, path), "utf8") };
  }

  it("are those that its README names, and each one's of what is bundled in an image", async () => {
    const { paths, text } = await packed();
    const readme = text("licenses/README.md");
    const named = [...readme.matchAll(/`(licenses\/[\w.-]+(?:\/[\w.-]+)*)`/g)].map(([, path = ""]) => path);
    expect(named).toContain("licenses/GPL-2.0.txt");
    const several = /^licenses\/(models\/.*|usher)$/;
    expect(named.filter((path) => !several.test(path) && !paths.includes(path))).toEqual([]);
    expect(readme).toContain("`licenses/models/");
    for (const name of ["prom-client", "@opentelemetry/api"])
      expect(text(`licenses/usher/${name}/LICENSE`)).toBe(
        readFileSync(join(projectFolder, "node_modules", name, "LICENSE"), "utf8"),
      );
  });

  it("are without that of Node where nothing of Node is in it", async () => {
    expect((await packed()).paths).toContain("licenses/node/LICENSE");
    expect((await packed(false)).paths).not.toContain("licenses/node/LICENSE");
  });

  it("have those of each model in a folder of its own", async () => {
    const { paths, text } = await packed();
    const ofModels = paths.filter((path) => path.startsWith("licenses/models/"));
    expect(Object.fromEntries(ofModels.map((path) => [path, text(path)]))).toEqual({
      "licenses/models/gemma3n/e4b/LICENSE": "Terms of use\n",
      "licenses/models/gemma3n/e4b/NOTICE": "Gemma is provided\n",
      "licenses/models/embeddinggemma/300m/LICENSE": "Terms of use\n",
    });
  });
});
