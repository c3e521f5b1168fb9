import { appendFileSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeVersion } from "../../../components/code-version.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { must } from "../../support/shell.ts";
import { tempFolder } from "../support/temp-folder.ts";

const scripts = ["gate.ts", "pull-model.ts", "own-volume.ts"];

/** A copy of the program, in which files can be changed. */
function copy(): string {
  const folder = join(tempFolder(), "copy");
  mkdirSync(folder);
  for (const name of ["commands", "components", "config", "docker", "engine", "gateway", "ollama", "support"])
    cpSync(join(projectFolder, name), join(folder, name), { recursive: true });
  cpSync(join(projectFolder, "package.json"), join(folder, "package.json"));
  symlinkSync(join(projectFolder, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** Versions of the code of some scripts in a copy. */
async function versionsIn(folder: string): Promise<string[]> {
  const program = `import { codeVersion } from "${folder}/components/code-version.ts";
    console.log(process.argv.slice(1).map(codeVersion).join(" "));`;
  const text = await must(process.execPath, ["--input-type=module", "--eval", program, ...scripts]);
  return text.split(" ");
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
    ["what none needs", "gateway/door-config.ts", [false, false, false]],
  ])("is another one after a change of %s", async (_, file, changed) => {
    const folder = copy();
    appendFileSync(join(folder, file), "// changed\n");
    const versions = await versionsIn(folder);
    expect(versions.map((version, index) => version !== codeVersion(scripts[index] ?? ""))).toEqual(changed);
  });
});
