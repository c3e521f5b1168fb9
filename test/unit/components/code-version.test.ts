import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeVersion, fileVersion } from "../../../components/code-version.ts";
import { bundledVersion } from "../../../components/bundled-version.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { must } from "../../support/shell.ts";
import { tempFolder } from "../support/temp-folder.ts";

const scripts = ["gate.ts", "pull-models.ts", "own-volume.ts"];

/** A copy of the program, in which files can be changed. */
function copy(): string {
  const folder = join(tempFolder(), "copy");
  mkdirSync(folder);
  for (const name of [
    "commands",
    "components",
    "config",
    "docker",
    "edge",
    "engine",
    "gateway",
    "ollama",
    "support",
    "usher",
  ])
    cpSync(join(projectFolder, name), join(folder, name), { recursive: true });
  cpSync(join(projectFolder, "package.json"), join(folder, "package.json"));
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** What a program in a copy prints. */
function printedIn(folder: string, module: string, name: string, printed: string): Promise<string> {
  const program = `import { ${name} } from "${folder}/components/${module}";\nconsole.log(${printed});`;
  return must(process.execPath, ["--input-type=module", "--eval", program, ...scripts]);
}

/** Versions of the code of some scripts in a copy. */
async function versionsIn(folder: string): Promise<string[]> {
  const all = 'process.argv.slice(1).map(codeVersion).join(" ")';
  return (await printedIn(folder, "code-version.ts", "codeVersion", all)).split(" ");
}

describe("the version of a script's code", () => {
  it("is 12 hexadecimal digits, and one for each script", () => {
    const versions = scripts.map(codeVersion);
    expect(versions).toEqual(versions.map(() => expect.stringMatching(/^[0-9a-f]{12}$/) as string));
    expect(new Set(versions).size).toBe(scripts.length);
  });

  it("is the same wherever the checkout is", async () => {
    expect(await versionsIn(copy())).toEqual(scripts.map(codeVersion));
  });

  it.each([
    ["a script itself", "commands/gate.ts", [true, false, false]],
    ["what one of them needs", "ollama/gate.ts", [true, false, false]],
    ["what several need", "ollama/client.ts", [true, true, false]],
    ["what all need", "support/main.ts", [true, true, true]],
    ["what none needs", "edge/maps.ts", [false, false, false]],
  ])("is another one after a change of %s", async (_, file, changed) => {
    const folder = copy();
    appendFileSync(join(folder, file), "// changed\n");
    const versions = await versionsIn(folder);
    expect(versions.map((version, index) => version !== codeVersion(scripts[index] ?? ""))).toEqual(changed);
  });
});

describe("the version of the usher's code", () => {
  const versionIn = (folder: string) =>
    printedIn(folder, "bundled-version.ts", "bundledVersion", 'bundledVersion("usher")');

  it("is that of its files and of the packages in its image", () => {
    const text = readFileSync(join(projectFolder, "package.json"), "utf8");
    const { devDependencies: versions } = JSON.parse(text) as { devDependencies: Record<string, string> };
    const packages = ["esbuild", "prom-client"].map((name) => `${name}@${versions[name]}\0`);
    expect(bundledVersion("usher")).toMatch(/^[0-9a-f]{12}$/);
    expect(bundledVersion("usher")).toBe(fileVersion("usher/main.ts", ...packages));
    expect(bundledVersion("usher")).not.toBe(fileVersion("usher/main.ts"));
  });

  it("is the same wherever the checkout is, whatever else changes in it", async () => {
    const folder = copy();
    for (const file of ["docker/tar.ts", "support/main.ts", "commands/build-usher.ts"])
      appendFileSync(join(folder, file), "// changed\n");
    expect(await versionIn(folder)).toBe(bundledVersion("usher"));
  });

  it.each([
    ["the file that it starts with", "usher/main.ts", "usher failed", "usher has failed"],
    ["a file that it needs", "usher/relay.ts", "", "// changed\n"],
    ["what counts", "package.json", '"prom-client": "', '"prom-client": "9'],
    ["what makes one file of it", "package.json", '"esbuild": "', '"esbuild": "9'],
  ])("is another one after a change of %s", async (_, file, text, changed) => {
    const folder = copy();
    const before = readFileSync(join(folder, file), "utf8");
    expect(before).toContain(text);
    writeFileSync(join(folder, file), before.replace(text, changed));
    expect(await versionIn(folder)).not.toBe(bundledVersion("usher"));
  });
});
