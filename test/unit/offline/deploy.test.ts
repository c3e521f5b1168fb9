import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { formatBytes } from "../../../support/units.ts";
import { DataFolder, nameOf } from "../../../offline/host/data-folder.ts";
import { unpackVersion } from "../../../offline/host/unpack.ts";
import { startProgram } from "../../../offline/bundle/start-program.ts";
import { run } from "../../support/shell.ts";
import { tinyPackage } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A folder with nothing but what a package starts with. */
async function bareProgram(): Promise<string> {
  const folder = tempFolder();
  for (const [name, bytes] of Object.entries(await startProgram())) writeFileSync(join(folder, name), bytes);
  return folder;
}

describe("what a package starts before its packages of npm are unpacked", { timeout: 60_000 }, () => {
  it("is two files, the same bytes each time, with nothing of this machine in them", async () => {
    const [first, second] = [await startProgram(), await startProgram()];
    expect(Object.keys(first).sort()).toEqual(["deploy.mjs", "hash-worker.mjs"]);
    expect(second).toEqual(first);
    for (const bytes of Object.values(first)) expect(Buffer.from(bytes).includes(projectFolder)).toBe(false);
  });

  it("carries of npm packages what it uses alone, as each package for a changed configuration has it", async () => {
    const sizes = Object.values(await startProgram()).map((bytes) => bytes.length);
    expect(Math.max(...sizes)).toBeLessThan(400_000);
  });

  it("verifies a package without any node_modules", async () => {
    const [program, folder] = [await bareProgram(), tempFolder()];
    const manifest = await tinyPackage(folder);
    const args = [join(program, "deploy.mjs"), "--package", folder, "--manifest", folder, "--mode", "verify"];
    const whole = await run(process.execPath, [...args, "--signer", "alice"], { cwd: program, env: {} });
    const count = Object.keys(manifest.files).length;
    const size = Object.values(manifest.files).reduce((sum, file) => sum + file.size, 0);
    expect(whole.stderr).toBe("");
    expect(whole.stdout.replace(/in \d+ s/, "in 0 s")).toBe(
      `Version ${nameOf(manifest)}, gemma3n:e4b for the stack prod, signed by alice\n${count} files verified, ${formatBytes(size)}, in 0 s\n`,
    );
    expect(whole.status).toBe(0);
    expect((await run(process.execPath, args, { cwd: program, env: {} })).stdout).toContain(", not signed\n");
    writeFileSync(join(folder, "manifest.json.sig"), "");
    expect((await run(process.execPath, args, { cwd: program, env: {} })).stdout).toContain(
      ", signed, and the signature was not checked\n",
    );
    rmSync(join(folder, "manifest.json.sig"));

    writeFileSync(join(folder, "tools/node.000"), "short");
    expect(await run(process.execPath, args, { cwd: program, env: {} })).toMatchObject({
      status: exitStatus.untrusted,
      stdout: "",
      stderr:
        `1 of ${count} files are not as they were packed; copy them again:\n` +
        `  tools/node.000 has 5 of ${manifest.files["tools/node.000"]?.size ?? 0} bytes\n`,
    });

    writeFileSync(join(folder, "unfinished.json"), "{}");
    expect(await run(process.execPath, args, { cwd: program, env: {} })).toMatchObject({
      status: exitStatus.untrusted,
      stdout: "",
      stderr: `The package in ${folder} is not finished: run the bundle command again where it is made\n`,
    });
  });
});

describe(
  "a package for a host that serves a newer version, whose configuration was changed there",
  { timeout: 60_000 },
  () => {
    it("is refused for the one, then for the other, and looked at with both options", async () => {
      const [program, first, second] = [await bareProgram(), tempFolder(), tempFolder()];
      const data = new DataFolder(tempFolder());
      const files = { "Pulumi.yaml": "name: gemma\n", "Pulumi.prod.yaml": "config:\n  gemma:memory: 8GiB\n" };
      const serving = await unpackVersion(first, await tinyPackage(first, { files }), data);
      await data.select(serving);
      writeFileSync(join(serving.folder, "program/Pulumi.prod.yaml"), "config:\n  gemma:memory: 9GiB\n");
      await tinyPackage(second, { files, created: "2026-11-21T08:00:00.000Z" });
      const args = [
        join(program, "deploy.mjs"),
        "--package",
        second,
        "--manifest",
        second,
        "--data",
        data.path,
        "--mode",
        "check",
      ];
      const check = (...options: string[]) =>
        run(process.execPath, [...args, ...options], { cwd: program, env: { PATH: "/usr/bin:/bin" } });
      const refused = (sentence: RegExp) => ({
        status: exitStatus.refused,
        stdout: "",
        stderr: expect.stringMatching(sentence) as string,
      });
      const older = /^This package is version [0-9a-f]{12} of .* which is older than version [0-9a-f]{12} of /;
      expect(await check()).toMatchObject(refused(older));
      expect(await check("--discard-changes")).toMatchObject(refused(older));
      expect(await check("--allow-older")).toMatchObject(
        refused(/^The configuration of version [0-9a-f]{12} of .* was changed on this host/),
      );
      expect((await check("--allow-older", "--discard-changes")).stdout).toMatch(/^ok +system /);
    });
  },
);
