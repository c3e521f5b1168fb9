import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { stackFileSchema } from "../config/json-schema.ts";
import { withProjectKeys } from "../config/project-keys.ts";
import { configurationReference, languages } from "../config/reference.ts";
import { dashboardOf } from "../monitoring/dashboard.ts";
import { dataSourceUid } from "../monitoring/grafana.ts";
import { pages } from "../monitoring/pages.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { projectFolder } from "../support/project-folder.ts";

/** The pages of figures as dashboards of Grafana, by file. */
function dashboards(): Readonly<Record<string, string>> {
  const files = pages.flatMap((page) =>
    languages.map((language) => [
      `monitoring/dashboards/${page.id}.${language}.json`,
      JSON.stringify(dashboardOf(page, language, dataSourceUid)),
    ]),
  );
  return Object.fromEntries(files) as Record<string, string>;
}

/** Files that are made from the descriptions of the keys and figures, with what is to be in them. */
async function generated(): Promise<Readonly<Record<string, string>>> {
  const project = await readFile(join(projectFolder, "Pulumi.yaml"), "utf8");
  const references = languages.map((language) => [
    `docs/${language}/configuration.md`,
    configurationReference(language),
  ]);
  const texts: Readonly<Record<string, string>> = {
    "Pulumi.yaml": withProjectKeys(project),
    "config/schema.json": JSON.stringify(stackFileSchema()),
    ...(Object.fromEntries(references) as Record<string, string>),
    ...dashboards(),
  };
  const files = Object.entries(texts).map(
    async ([file, text]) => [file, await format(text, { filepath: file, printWidth: 120 })] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}

await main(async () => {
  const check = process.argv.includes("--check");
  const stale: string[] = [];
  for (const [file, text] of Object.entries(await generated())) {
    const path = join(projectFolder, file);
    if ((await readFile(path, "utf8").catch(() => undefined)) === text) continue;
    stale.push(file);
    if (!check) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
  if (check && stale.length > 0)
    throw new Failure(`Not as the descriptions in config/ have it: ${stale.join(", ")}; run \`npm run docs\``);
  process.stdout.write(stale.length === 0 ? "Generated files are up to date\n" : `Wrote ${stale.join(", ")}\n`);
});
