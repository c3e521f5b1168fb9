import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { formatBytes } from "../../../support/units.ts";
import { findModel, modelNames, type CatalogueModel } from "../../../config/catalogue.ts";
import { gpuNeed, hostNeed } from "../../../config/loaded-models.ts";
import { parsed } from "../support/raw-config.ts";

const entries = modelNames.map((name) => [name, findModel(name)] as [string, CatalogueModel]);

/** Cells of the rows of a document that begin with a known model. */
function rowsOf(path: string): string[][] {
  return readFileSync(join(projectFolder, path), "utf8")
    .split("\n")
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, -1))
    .filter(([first = ""]) => modelNames.includes(first.replaceAll("`", "")));
}

/** What a model needs with so many requests at once, as the page writes it. */
function need(of: typeof hostNeed | typeof gpuNeed, name: string, numParallel: number, gpus: string, unknown: string) {
  const { ollama, gpus: reserved } = parsed({ ollama: { numParallel }, gpus });
  const found = of({ models: [{ name, preload: false }], ollama, gpus: reserved });
  return found === undefined || found.unknown.length > 0 ? unknown : formatBytes(found.sum.total);
}

describe.each([
  ["en", { unknown: "unknown", yes: "yes", no: "no", text: "text", image: "image", audio: "audio" }],
  ["ko", { unknown: "알 수 없음", yes: "예", no: "아니요", text: "텍스트", image: "이미지", audio: "음성" }],
])("the tables of models in %s", (language, words) => {
  it("have the memory of each known model", () => {
    const { unknown } = words;
    const expected = entries.map(([name, { bytes, takes, contextLength }]) => [
      ...[`\`${name}\``, formatBytes(bytes), takes.map((kind) => words[kind as "text"]).join(", "), `${contextLength}`],
      ...[need(hostNeed, name, 1, "none", unknown), need(hostNeed, name, 4, "none", unknown)],
      ...[need(hostNeed, name, 1, "1", unknown)],
      ...[need(gpuNeed, name, 1, "1", unknown), need(gpuNeed, name, 4, "1", unknown)],
    ]);
    expect(rowsOf(`docs/${language}/sizing.md`)).toEqual(expected);
  });

  it("have what each known model is for and knows", () => {
    const expected = entries.map(([name, entry]) => [
      ...[`\`${name}\``, entry.for.join(", "), entry.license, entry.languages.includes("ko") ? words.yes : words.no],
      ...[String(entry.vectorLength ?? ""), entry.leastOllama ?? words.unknown],
    ]);
    expect(rowsOf(`docs/${language}/models.md`)).toEqual(expected);
  });

  it("tell what two models take together", () => {
    const models = [
      { name: "gemma3n:e4b", preload: false },
      { name: "bge-m3:567m", preload: true },
    ];
    const sums = ["none", "1"].flatMap((gpus) => {
      const { ollama, gpus: reserved } = parsed({ ollama: { numParallel: 4, maxLoadedModels: 2 }, gpus });
      const loading = { models, ollama, gpus: reserved };
      return [hostNeed(loading), gpuNeed(loading)].flatMap((found) => (found ? [formatBytes(found.sum.total)] : []));
    });
    expect(sums).toEqual(["11.6 GiB", "6.85 GiB", "6.26 GiB"]);
    const page = readFileSync(join(projectFolder, `docs/${language}/sizing.md`), "utf8");
    const paragraph = page.split("\n").find((line) => line.includes("models.md#")) ?? "";
    expect(paragraph.match(/[\d.]+ GiB/g)).toEqual(sums);
  });
});
