import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, it } from "vitest";
import { DataFolder } from "../../../../offline/host/data-folder.ts";
import { carrySalt, serviceOf, trialOf } from "../../../../offline/host/service.ts";
import { StackRun } from "../../../../runner/stack-run.ts";
import { writeProgram } from "../../support/fake-program.ts";
import { installVersion } from "../../support/installed-version.ts";
import { failureOf, tempFolder } from "../../support/temp-folder.ts";

describe("the salt of the passphrase", () => {
  /** The text of the new version's stack file after it was carried from that of an old one. */
  async function carried(old: string, text: string): Promise<string> {
    const data = new DataFolder(tempFolder());
    const [from, to] = [
      await installVersion(data, { created: "2026-11-01T00:00:00Z", stack: "x" }, old),
      await installVersion(data, { created: "2026-11-02T00:00:00Z", stack: "x" }, text),
    ];
    await carrySalt(from, to);
    expect(readFileSync(join(from.folder, "program/Pulumi.x.yaml"), "utf8")).toBe(old);
    return readFileSync(join(to.folder, "program/Pulumi.x.yaml"), "utf8");
  }

  it.each([
    [
      "is put behind the rest",
      "encryptionsalt: v1:a:b\nconfig: {}\n",
      "config:\n  a: 1\n",
      "config:\n  a: 1\nencryptionsalt: v1:a:b\n",
    ],
    [
      "is found behind the rest",
      "config: {}\nencryptionsalt: v1:a:b",
      "config: {}\n",
      "config: {}\nencryptionsalt: v1:a:b\n",
    ],
    [
      "is not put there twice",
      "encryptionsalt: v1:a:b\n",
      "encryptionsalt: v1:a:b\nconfig: {}\n",
      "encryptionsalt: v1:a:b\nconfig: {}\n",
    ],
    ["is not needed where there is none", "config: {}\n", "config:\n  a: 1\n", "config:\n  a: 1\n"],
    ["is no key inside the configuration", "config:\n  encryptionsalt: v1\n", "config: {}\n", "config: {}\n"],
    [
      "is carried past a key of that name",
      "encryptionsalt: v1\n",
      "config:\n  encryptionsalt: x\n",
      "config:\n  encryptionsalt: x\nencryptionsalt: v1\n",
    ],
  ])("%s", async (_, old, text, result) => {
    expect(await carried(old, text)).toBe(result);
  });

  it("is carried to a file with more lines only once in two times", async () => {
    const once = await carried("encryptionsalt: v1:a:b\n", "config: {}\n");
    expect(await carried("encryptionsalt: v1:a:b\n", once)).toBe(once);
  });
});

describe("the trial of a version", () => {
  it("has the version's own CLI, program and settings, and a folder beside the versions", async () => {
    const data = new DataFolder(tempFolder());
    const version = await installVersion(data, {});
    expect(trialOf(version, data)).toEqual({
      pulumi: join(version.folder, "cli/pulumi"),
      program: join(version.folder, "program"),
      folder: join(data.path, "trial"),
      environment: {
        ...data.environment(version.folder),
        PULUMI_CONFIG_PASSPHRASE: undefined,
        PATH: [join(version.folder, "bin"), process.env["PATH"]].join(delimiter),
      },
    });
  });
});

describe("the service of a version", () => {
  it("is the version's stack, run by its own CLI in its program on the state of all versions", async () => {
    const data = new DataFolder(tempFolder());
    const version = await installVersion(data, { stack: "dev" });
    const log = tempFolder();
    const script =
      `printf '{"folder":"%s","args":"%s","state":"%s","passphrase":"%s","node":"%s"}' "$PWD" "$*" ` +
      '"$PULUMI_BACKEND_URL" "${PULUMI_CONFIG_PASSPHRASE-unset}" "${PATH%%:*}"';
    writeProgram(
      join(version.folder, "cli/pulumi"),
      `case "$1 $2" in "version ") echo v3.265.0 ;; "stack ls") echo '[{"name":"dev"}]' ;; "stack output") ${script} ;; esac; ` +
        `echo "$PWD $*" >>'${log}/calls'`,
    );
    process.env["PULUMI_CONFIG_PASSPHRASE"] = "of the host";
    const outputs = await StackRun.look(serviceOf(version, data))
      .then((run) => run.outputs())
      .finally(() => delete process.env["PULUMI_CONFIG_PASSPHRASE"]);
    expect(outputs).toEqual({
      folder: join(version.folder, "program"),
      args: "stack output --json --show-secrets --stack dev --non-interactive",
      state: `file://${data.path}/state`,
      passphrase: "unset",
      node: join(version.folder, "bin"),
    });
    const program = join(version.folder, "program");
    expect(readFileSync(join(log, "calls"), "utf8").trimEnd().split("\n")).toEqual([
      `${process.cwd()} version`,
      `${program} stack ls --json --non-interactive`,
      `${program} stack select --stack dev --non-interactive`,
      `${program} stack output --json --stack dev --non-interactive`,
      `${program} stack output --json --show-secrets --stack dev --non-interactive`,
    ]);
  });

  it("fails with what the CLI says", async () => {
    const data = new DataFolder(tempFolder());
    const version = await installVersion(data, {});
    writeProgram(
      join(version.folder, "cli/pulumi"),
      `case "$1 $2" in "version ") echo v3.265.0 ;; "stack ls") echo '[{"name":"prod"}]' ;; "stack select") ;; ` +
        "*) echo answer; echo 'error: no stack' >&2; exit 255 ;; esac",
    );
    const run = await StackRun.look(serviceOf(version, data));
    expect(await failureOf(run.outputs())).toBe("pulumi stack output failed: error: no stack");
  });
});
