import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { run, type Result } from "../../support/shell.ts";
import { writeProgram } from "../support/fake-program.ts";
import { tinyPackage } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

const mark = ".gemma-own";
const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", SHLVL: "5" };

/** A folder with these files in it, and folders where a name ends in a slash. */
function folderWith(...names: string[]): string {
  const folder = realpathSync(tempFolder());
  for (const name of names) {
    mkdirSync(name.endsWith("/") ? join(folder, name) : dirname(join(folder, name)), { recursive: true });
    if (!name.endsWith("/")) writeFileSync(join(folder, name), "");
  }
  return folder;
}

/** Everything in a folder, by path. */
const contents = (folder: string) => readdirSync(folder, { recursive: true }).map(String).sort();

/** As {@link contents}, without the logs of runs. */
const withoutLogs = (folder: string) => contents(folder).filter((name) => !/^logs(\/|$)/.test(name));

async function packaged(): Promise<(name: string, data: string, ...args: string[]) => Promise<Result>> {
  const folder = realpathSync(tempFolder());
  await tinyPackage(folder);
  return (name, data, ...args) =>
    run("bash", [join(folder, name), "--allow-unsigned", "--data", data, ...args], { env, cwd: "/" });
}

/** Runs a script of the project as a deployed one is. */
const deployed = (data: string, ...args: string[]) =>
  run("bash", [join(projectFolder, "offline/scripts/deploy.sh"), "--data", data, ...args], { env, cwd: "/" });

/** A folder with a version that writes down what it is asked to do. */
function installation(...names: string[]): string {
  const version = "versions/0123456789ab";
  const data = folderWith(
    "lock",
    "passphrase",
    "state/.pulumi/stacks/gemma/prod.json",
    "tools/aaaaaaaaaaaa/node",
    "tools/bbbbbbbbbbbb.partial/half",
    `${version}/manifest.json`,
    `${version}/program/Pulumi.yaml`,
    ...names,
  );
  writeFileSync(join(data, version, "manifest.json"), "{}");
  writeProgram(join(data, version, "bin/node"), 'echo "$*"');
  symlinkSync(version, join(data, "current"));
  return data;
}

describe("a disk that cannot hold the service's data", () => {
  const refusal = (data: string, reason: string) => ({
    status: exitStatus.refused,
    stderr: expect.stringContaining(
      `${data} is on a disk that cannot hold the service's data: ${reason}. ` +
        "Name a folder on a file system of Linux with --data; nothing was changed\n",
    ) as string,
  });

  // As the programs end on FAT.
  it.each([
    ["ln", 'echo "ln: failed: Operation not permitted" >&2; exit 1', "it has no symbolic links"],
    [
      "stat",
      'case "$*" in "-c %a "*) echo 755 ;; *) exec /usr/bin/stat "$@" ;; esac',
      "its files are open to others, whatever their mode",
    ],
  ])("is refused where %s shows it, and a folder is not made there", async (program, text, reason) => {
    const programs = tempFolder();
    writeProgram(join(programs, program), text);
    const folder = realpathSync(tempFolder());
    mkdirSync(join(folder, "package"));
    await tinyPackage(join(folder, "package"));
    const deploy = (data: string) =>
      run("bash", [join(folder, "package/deploy.sh"), "--allow-unsigned", "--data", data], {
        env: { ...env, PATH: `${programs}:${env.PATH}` },
        cwd: "/",
      });
    expect(await deploy(join(folder, "data"))).toMatchObject(refusal(join(folder, "data"), reason));
    expect(readdirSync(folder)).toEqual(["package"]);
    const empty = folderWith();
    expect(await deploy(empty)).toMatchObject(refusal(empty, reason));
    expect(readdirSync(empty)).toEqual([]);
  });
});

describe("a folder of others that is named as the data folder", () => {
  it.each([
    [["photos/cat.jpg"], "photos"],
    [["trial/notes.txt"], "trial"],
    [["a", "b", "c", "d"], "a, b, c, …"],
    [[".config"], ".config"],
    [["versions/1.0/app", "tools/hammer"], "tools, versions"],
    [["passphrase"], "passphrase"],
    [["state/cache"], "state"],
    [["runtime.photos/cat.jpg"], "runtime.photos"],
  ])("with %j is refused, named by the check, and stays as it is", async (names, listed) => {
    const script = await packaged();
    const data = folderWith(...names);
    const before = contents(data);
    const { status, stdout, stderr } = await script("deploy.sh", data);
    expect(stderr).toContain(
      `${data} holds what is not this service's (${listed}): name a new or an empty folder with --data; nothing was changed\n`,
    );
    expect({ status, stdout }).toEqual({ status: exitStatus.refused, stdout: "" });
    expect((await script("deploy.sh", data, "--check")).stdout).toContain(` --mode check --strangers ${listed} with `);
    for (const args of [["--rollback"], ["--uninstall"], ["--uninstall", "--purge"]])
      expect(await deployed(data, ...args)).toMatchObject({
        status: exitStatus.absent,
        stdout: "",
        stderr: `There is nothing of this service in ${data}\n`,
      });
    expect(contents(data)).toEqual(before);
  });

  it("does not keep a package from being verified", async () => {
    const script = await packaged();
    const data = folderWith("photos/cat.jpg");
    expect(await script("verify.sh", data)).toMatchObject({ status: 0 });
    expect(contents(data)).toEqual(["photos", "photos/cat.jpg"]);
  });

  it("is refused when it is a file or holds a lock of others", async () => {
    const script = await packaged();
    const file = join(tempFolder({ disk: "" }), "disk");
    expect((await script("deploy.sh", file)).stderr).toContain(
      `${file} is not a folder: name another one with --data; nothing was changed\n`,
    );
    const data = tempFolder({ lock: "theirs" });
    expect((await script("deploy.sh", data)).stderr).toContain(`${data} holds what is not this service's (lock): `);
  });
});

describe("a data folder", () => {
  it.each([
    ["that is empty", []],
    ["on a new disk", ["lost+found/"]],
    ["that was purged", ["lock"]],
    ["whose first run was killed at once", ["lock", "runtime.abcdef/node"]],
    ["that was claimed and lost its content in a power cut", [mark, "photos/cat.jpg"]],
    ["of a version that put no mark", ["lock", "state/", "tools/", "versions/", "photos/cat.jpg"]],
    ["with state and passphrase from another host", ["state/.pulumi/meta.yaml", "passphrase"]],
  ])("%s is taken and marked", async (_, names) => {
    const script = await packaged();
    const data = folderWith(...names);
    expect(await script("deploy.sh", data, "--check")).toMatchObject({ status: 0 });
    expect(contents(data)).toEqual(contents(folderWith(...names)));
    const { status, stdout } = await script("deploy.sh", data);
    expect(stdout).toContain("--mode deploy");
    expect(status).toBe(0);
    const kept = names.filter((name) => !name.startsWith("runtime."));
    expect(withoutLogs(data)).toEqual(contents(folderWith(...new Set([...kept, mark, "lock"]))));
  });

  it("that is not there is made and marked", async () => {
    const script = await packaged();
    const data = join(folderWith(), "new");
    expect((await script("deploy.sh", data)).status).toBe(0);
    expect(withoutLogs(data)).toEqual([mark, "lock"]);
  });

  it("is not made by going back or an uninstallation", async () => {
    const data = join(folderWith(), "new");
    for (const args of [["--rollback"], ["--uninstall", "--purge"]])
      expect((await deployed(data, ...args)).stderr).toBe(`There is nothing of this service in ${data}\n`);
    expect(existsSync(data)).toBe(false);
  });

  it("loses the programs of killed runs, and nothing that is only named like them", async () => {
    const script = await packaged();
    const kept = ["runtime.photos/cat.jpg", "runtime.backup", "runtime.longer-name/node"];
    const data = folderWith(
      mark,
      ...kept,
      `runtime.aaaaaa/${mark}`,
      "runtime.aaaaaa/anything",
      "runtime.bbbbbb/deploy.mjs",
      "runtime.cccccc/",
    );
    expect((await script("deploy.sh", data)).status).toBe(0);
    expect(withoutLogs(data)).toEqual(contents(folderWith(mark, "lock", ...kept)));
  });
});

describe("a purge", () => {
  it("leaves nothing of an installation", async () => {
    const data = installation(mark, `check.abcdef/${mark}`);
    expect(await deployed(data, "--uninstall", "--purge")).toMatchObject({
      status: 0,
      stdout: `commands/uninstall.ts --data ${data}\n${data} is empty.\n`,
      stderr: "",
    });
    expect(contents(data)).toEqual(["lock"]);
  });

  it("leaves what is not this service's, and says so", async () => {
    const kept = ["photos/cat.jpg", ".hidden", "versions/notes/todo", "tools/hammer", "state/mine", "trial/mine"];
    const data = installation(mark, ...kept);
    const { status, stdout } = await deployed(data, "--uninstall", "--purge");
    expect(stdout).toContain(`\n${data} stays, with what is not this service's: .hidden, photos, state, ….\n`);
    expect(status).toBe(0);
    expect(contents(data)).toEqual(contents(folderWith("lock", ...kept)));
  });

  it("goes on where it was killed", async () => {
    const data = folderWith(mark, "lock", "versions/0123456789ab.partial/manifest.json", "tools/aaaaaaaaaaaa/node");
    expect(await deployed(data, "--uninstall", "--purge")).toMatchObject({ status: 0, stdout: `${data} is empty.\n` });
    expect(contents(data)).toEqual(["lock"]);
  });

  it("is only done when it is asked for", async () => {
    const data = installation();
    const before = withoutLogs(data);
    expect(await deployed(data, "--uninstall")).toMatchObject({
      status: 0,
      stdout:
        `commands/uninstall.ts --data ${data}\n` + `${data} is kept, with state and passphrase; --purge removes it.\n`,
    });
    expect(withoutLogs(data)).toEqual(before);
  });
});
