import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { run } from "../../support/shell.ts";
import { tempFolder } from "../support/temp-folder.ts";

it("tells which generated files are stale, and writes them", { timeout: 60_000 }, async () => {
  const folder = tempFolder();
  for (const name of ["commands", "config", "support", "docs", "monitoring", "Pulumi.yaml", "package.json"])
    cpSync(join(projectFolder, name), join(folder, name), { recursive: true });
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  const docs = (...args: string[]) => run(process.execPath, ["commands/docs.ts", ...args], { cwd: folder });
  expect(await docs("--check")).toMatchObject({ status: 0, output: "Generated files are up to date\n" });

  const file = join(folder, "docs/ko/configuration.md");
  const before = readFileSync(file, "utf8");
  writeFileSync(file, before.replace("`5m`", "`6m`"));
  expect(await docs("--check")).toMatchObject({
    status: 1,
    output: "Not as the descriptions in config/ have it: docs/ko/configuration.md; run `npm run docs`\n",
  });
  expect(await docs()).toMatchObject({ status: 0, output: "Wrote docs/ko/configuration.md\n" });
  expect(readFileSync(file, "utf8")).toBe(before);
});
