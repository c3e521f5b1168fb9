import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../../support/project-folder.ts";
import { formatBytes } from "../../../support/units.ts";
import { run } from "../../support/shell.ts";
import { importsOf } from "../support/imports.ts";
import { tinyPackage } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

// What runs before the packages of npm are unpacked: the command, and the thread that it starts.
const entrances = ["commands/deploy.ts", "offline/package/hash-worker.ts"].map((file) => join(projectFolder, file));

/** A folder with nothing but what these files import. */
function bareProgram(): string {
  const folder = tempFolder();
  for (const file of entrances.flatMap((entrance) => [...importsOf(entrance).files])) {
    const target = join(folder, relative(projectFolder, file));
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target);
  }
  return folder;
}

describe("what a package starts before its packages of npm are unpacked", () => {
  it.each(entrances)("imports Node's own modules and the project's files only: %s", (entrance) => {
    const { files, packages } = importsOf(entrance);
    expect([...packages]).toEqual([]);
    expect([...files].filter((file) => !file.startsWith(projectFolder) || file.includes("node_modules"))).toEqual([]);
    expect([...files].filter((file) => /\bimport\(|\brequire\(/.test(readFileSync(file, "utf8")))).toEqual([]);
  });

  it("is more than one file, which the walk finds", () => {
    const names = [...importsOf(join(projectFolder, "commands/deploy.ts")).files].map((file) =>
      relative(projectFolder, file),
    );
    expect(names).toContain("offline/host/unpack.ts");
    expect(names).toContain("offline/preflight/space-checks.ts");
    expect(names).toContain("support/failure.ts");
  });

  it("is told from what needs them", () => {
    expect(importsOf(join(projectFolder, "commands/deploy-version.ts")).packages).toContain("yaml");
    expect(importsOf(join(projectFolder, "offline/bundle/archive.ts")).packages).toContain("tar-stream");
  });

  it("verifies a package without any node_modules", async () => {
    const [program, folder] = [bareProgram(), tempFolder()];
    const manifest = await tinyPackage(folder);
    const args = [join(program, "commands/deploy.ts"), "--package", folder, "--mode", "verify"];
    const whole = await run(process.execPath, args, { cwd: program, env: {} });
    const count = Object.keys(manifest.files).length;
    const size = Object.values(manifest.files).reduce((sum, file) => sum + file.size, 0);
    expect(whole.stderr).toBe("");
    expect(whole.stdout.replace(/in \d+ s/, "in 0 s")).toBe(`${count} files verified, ${formatBytes(size)}, in 0 s\n`);
    expect(whole.status).toBe(0);

    writeFileSync(join(folder, "tools/node.000"), "short");
    expect(await run(process.execPath, args, { cwd: program, env: {} })).toMatchObject({
      status: 1,
      stdout: "",
      stderr:
        `1 of ${count} files are not as they were packed; copy them again:\n` +
        `  tools/node.000 has 5 of ${manifest.files["tools/node.000"]?.size ?? 0} bytes\n`,
    });

    writeFileSync(join(folder, "unfinished.json"), "{}");
    expect(await run(process.execPath, args, { cwd: program, env: {} })).toMatchObject({
      status: 1,
      stdout: "",
      stderr: `The package in ${folder} is not finished: run the bundle command again where it is made\n`,
    });
  });
});
