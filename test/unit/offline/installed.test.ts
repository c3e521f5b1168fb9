import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonical } from "../../../offline/package/manifest.ts";
import { writeList } from "../../../offline/host/tree-list.ts";
import { exitStatus } from "../../../support/exit-status.ts";
import { sha256, shortDigest } from "../../../support/hashing.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { run, type Result } from "../../support/shell.ts";
import { writeProgram } from "../support/fake-program.ts";
import { manifestWith } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

/** A folder with versions whose Node tells where and with what it was started, and a docker that tells how it was asked. */
function host() {
  const data = realpathSync(tempFolder());
  const programs = tempFolder();
  writeProgram(join(programs, "docker"), `printf '%s\\n' "$*" >>'${programs}/calls'; echo "NAMES STATUS"`);
  const env = { PATH: `${programs}:/usr/bin:/bin`, SHLVL: "5" };
  const script = join(projectFolder, "offline/scripts/deploy.sh");
  return {
    data,
    deploy: (...args: string[]): Promise<Result> => run("bash", [script, "--data", data, ...args], { env, cwd: "/" }),
    calls: () => (existsSync(join(programs, "calls")) ? readFileSync(join(programs, "calls"), "utf8") : ""),
  };
}

/** Adds a version that was unpacked whole. */
async function addVersion(data: string, name: string, created: string): Promise<string> {
  const version = join(data, "versions", name);
  writeProgram(join(version, "bin/node"), 'echo "$PWD: $*"');
  for (const folder of ["program/commands", "cli", "program/node_modules", "pulumi/plugins"])
    mkdirSync(join(version, folder), { recursive: true });
  writeFileSync(join(version, "program/commands/status.ts"), "");
  writeFileSync(join(version, "manifest.json"), canonical(manifestWith({ created })));
  await writeList(version);
  return version;
}

const listing = (data: string) =>
  `ps --all --filter label=io.chatgemma.state=${shortDigest(sha256(join(data, "state")))} --format table {{.Names}}\\t{{.Status}}\\t{{.Image}}\\t{{.Ports}}\n`;

describe("without a version that serves", () => {
  it("the newest that is whole is taken, whatever its name is", async () => {
    const { data, deploy } = host();
    await addVersion(data, "ffffffffffff", "2026-11-01T00:00:00.000Z");
    const whole = await addVersion(data, "aaaaaaaaaaaa", "2026-11-02T00:00:00.000Z");
    const damaged = await addVersion(data, "bbbbbbbbbbbb", "2026-11-03T00:00:00.000Z");
    writeFileSync(join(damaged, "program/commands/status.ts"), "half");
    await addVersion(data, "cccccccccccc.partial", "2026-11-04T00:00:00.000Z");
    expect((await deploy("--uninstall")).stdout).toMatch(`${whole}/program: commands/uninstall.ts --data ${data}\n`);
    expect(await deploy("--status")).toMatchObject({
      status: 0,
      stdout: `${whole}/program: commands/status.ts --data ${data}\n`,
    });
  });

  it("the damaged file of the newest is named where none is whole", async () => {
    const { data, deploy } = host();
    const old = await addVersion(data, "ffffffffffff", "2026-11-01T00:00:00.000Z");
    const version = await addVersion(data, "aaaaaaaaaaaa", "2026-11-02T00:00:00.000Z");
    for (const each of [old, version]) writeFileSync(join(each, "program/commands/status.ts"), "half");
    expect(await deploy("--rollback")).toMatchObject({
      status: exitStatus.refused,
      stderr: expect.stringMatching(
        `^${version}/program/commands/status.ts is damaged, and nothing was changed: start the deploy.sh of the package again, which mends it\nThe log of this run is ${data}/logs/.*-rollback.log\n$`,
      ) as string,
    });
  });
});

describe("--status", () => {
  it("is told by the version that serves, also for programs", async () => {
    const { data, deploy } = host();
    await addVersion(data, "aaaaaaaaaaaa", "2026-11-02T00:00:00.000Z");
    await addVersion(data, "bbbbbbbbbbbb", "2026-11-03T00:00:00.000Z");
    symlinkSync("versions/aaaaaaaaaaaa", join(data, "current"));
    expect(await deploy("--status", "--json")).toMatchObject({
      status: 0,
      stdout: `${data}/current/program: commands/status.ts --data ${data} --json\n`,
      stderr: "",
    });
    expect(existsSync(join(data, "lock"))).toBe(false);
  });

  it.each(["data", "none/at/all"])("says that nothing is deployed in an empty %s", async (name) => {
    const { data, deploy } = host();
    const folder = join(data, name);
    expect(await deploy("--status", "--data", folder)).toMatchObject({
      status: exitStatus.absent,
      stdout: "",
      stderr: `Nothing is deployed in ${folder}\n`,
    });
    expect(existsSync(folder)).toBe(false);
  });

  it("names the damaged file, and lists what Docker knows", async () => {
    const { data, deploy, calls } = host();
    const version = await addVersion(data, "aaaaaaaaaaaa", "2026-11-02T00:00:00.000Z");
    symlinkSync("versions/aaaaaaaaaaaa", join(data, "current"));
    writeFileSync(join(version, "program/commands/status.ts"), "half");
    expect(await deploy("--status")).toMatchObject({
      status: exitStatus.failed,
      stdout: "",
      stderr:
        "NAMES STATUS\n" +
        `${version}/program/commands/status.ts is damaged: start the deploy.sh of the package again, which mends it\n`,
    });
    expect(calls()).toBe(listing(data));
  });

  it("lists what Docker knows of a version from before it", async () => {
    const { data, deploy, calls } = host();
    const version = join(data, "versions/aaaaaaaaaaaa");
    writeProgram(join(version, "bin/node"), "echo never");
    writeFileSync(join(version, "manifest.json"), canonical(manifestWith()));
    symlinkSync("versions/aaaaaaaaaaaa", join(data, "current"));
    expect(await deploy("--status")).toMatchObject({
      status: exitStatus.failed,
      stdout: "",
      stderr: `NAMES STATUS\nThe version in ${data}/current is of before --status; this is what Docker knows of it\n`,
    });
    expect(calls()).toBe(listing(data));
  });
});
