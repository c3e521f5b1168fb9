import { chmodSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { shortDigest } from "../../../support/hashing.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { run, type Result } from "../../support/shell.ts";
import { tinyPackage } from "../support/package.ts";
import { tempFolder } from "../support/temp-folder.ts";

const env = { PATH: "/usr/bin:/bin", SHLVL: "5" };
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

async function host() {
  const folder = realpathSync(tempFolder());
  const { digest } = await tinyPackage(folder);
  const data = join(realpathSync(tempFolder()), "data");
  const logs = () => readdirSync(join(data, "logs")).sort();
  return {
    folder,
    data,
    version: shortDigest(digest),
    deploy: (...args: string[]): Promise<Result> =>
      run("bash", [join(folder, "deploy.sh"), "--allow-unsigned", "--data", data, ...args], { env, cwd: "/" }),
    logs,
    text: () => readFileSync(join(data, "logs", logs().at(-1) ?? ""), "utf8").replaceAll(time, "TIME"),
  };
}

/** Has a package start with another program. */
async function startingWith(program: string): Promise<Awaited<ReturnType<typeof host>>> {
  const there = await host();
  const script = readFileSync(join(there.folder, "deploy.sh"), "utf8");
  writeFileSync(join(there.folder, "deploy.sh"), script.replace("run_program --mode deploy", `run_node ${program} #`));
  return there;
}

describe("the log of a run", () => {
  it("has what was asked for and how it ended, and is its owner's", async () => {
    const { deploy, logs, text, data, folder, version } = await host();
    expect((await deploy()).status).toBe(0);
    expect(logs()).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-deploy\.log$/)]);
    expect(text()).toBe(
      `TIME deploy --allow-unsigned --data ${data}, of version ${version} in ${folder}, signed by nobody who is known\n` +
        "TIME exit status 0\n",
    );
    expect(statSync(join(data, "logs", logs()[0] ?? "")).mode & 0o777).toBe(0o600);
    expect(statSync(join(data, "logs")).mode & 0o777).toBe(0o700);
  });

  it("has what a program of this project says, without bars and colours, and its path is named when it fails", async () => {
    const program = join(
      tempFolder({
        "program.ts": `
          import { main } from "${projectFolder}support/main.ts";
          import { Failure } from "${projectFolder}support/failure.ts";
          import { say } from "${projectFolder}support/progress.ts";
          await main(() => {
            say("Unpacking node");
            process.stderr.write("\\r\\u001b[KVerifying [==   ] 40 %");
            process.stdout.write("\\u001b[32mup\\u001b[0m\\n");
            if (process.env.GEMMA_LOG !== undefined) say("handed on");
            throw new Failure("The disk is full", ${exitStatus.oldServes});
          });`,
      }),
      "program.ts",
    );
    const { deploy, logs, text, data } = await startingWith(`'${process.execPath}' '${program}'`);
    const { status, stdout, stderr } = await deploy();
    expect([status, stdout]).toEqual([exitStatus.oldServes, "\u001b[32mup\u001b[0m\n"]);
    expect(stderr).toContain("\r\u001b[KVerifying [==   ] 40 %");
    expect(stderr.endsWith(`The disk is full\nThe log of this run is ${data}/logs/${logs()[0] ?? ""}\n`)).toBe(true);
    expect(text().split("\n").slice(1)).toEqual(["Unpacking node", "up", "The disk is full", "TIME exit status 5", ""]);
  });

  it("has what was said until the run was killed, and how a run that was stopped has ended", async () => {
    const { folder, data, text } = await startingWith("sleep 60");
    const start = () => {
      const child = spawn("bash", [join(folder, "deploy.sh"), "--allow-unsigned", "--data", data], {
        env,
        detached: true,
        stdio: "ignore",
      });
      return { child, ended: once(child, "exit") as Promise<[number | null]> };
    };
    const sleeping = async () => (await run("pgrep", ["-f", `^sleep 60$`, "-g", String(last.child.pid)])).status === 0;
    let last = start();
    await vi.waitUntil(sleeping, { timeout: 20_000 });
    process.kill(last.child.pid ?? 0, "SIGTERM");
    expect(await last.ended).toEqual([143, null]);
    expect(text()).toMatch(/^TIME deploy .*\nTIME exit status 143\n$/);
    last = start();
    await vi.waitUntil(sleeping, { timeout: 20_000 });
    process.kill(-(last.child.pid ?? 0), "SIGKILL");
    await last.ended;
    expect(text()).toMatch(/TIME deploy [^\n]*\n$/);
  });

  it("is one of the last twenty, and files of others stay", async () => {
    const { deploy, data, logs } = await host();
    mkdirSync(join(data, "logs"), { recursive: true });
    writeFileSync(join(data, ".gemma-own"), "");
    const names = Array.from({ length: 25 }, (_, index) => `2026-11-01T00-00-${String(10 + index)}Z-rollback.log`);
    for (const name of [...names, "notes.log"]) writeFileSync(join(data, "logs", name), "");
    expect((await deploy()).status).toBe(0);
    const [newest, ...others] = logs()
      .reverse()
      .filter((name) => name !== "notes.log");
    expect(newest).toMatch(/-deploy\.log$/);
    expect(others.reverse()).toEqual(names.slice(-19));
    expect(logs()).toContain("notes.log");
  });

  it("is no reason to fail where it cannot be written", async () => {
    const { deploy, data } = await host();
    mkdirSync(data);
    writeFileSync(join(data, ".gemma-own"), "");
    writeFileSync(join(data, "logs"), "a file");
    chmodSync(join(data, "logs"), 0o400);
    expect(await deploy()).toMatchObject({ status: 0, stderr: expect.stringMatching(/^WARNING: [^\n]*\n$/) as string });
  });

  it("does not fail a program when the disk is full", async () => {
    const program = `import { main } from "${projectFolder}support/main.ts"; await main(() => console.log("done"));`;
    expect(
      await run(process.execPath, ["--input-type=module", "--eval", program], {
        env: { ...env, GEMMA_LOG: "/dev/full" },
      }),
    ).toMatchObject({ status: 0, stdout: "done\n", stderr: "" });
  });

  it("goes with the folder when that is purged", async () => {
    const { deploy, data } = await host();
    await deploy();
    const { status, stdout } = await deploy("--uninstall", "--purge");
    expect([status, stdout]).toEqual([0, `${data} is empty.\n`]);
    expect(readdirSync(data)).toEqual(["lock"]);
  });

  it("is none of a check", async () => {
    const { deploy, data } = await host();
    mkdirSync(data);
    expect((await deploy("--check")).status).toBe(0);
    expect(readdirSync(data)).toEqual([]);
  });
});
