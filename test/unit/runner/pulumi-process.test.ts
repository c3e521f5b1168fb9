import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { pulumiProcess } from "../../../runner/pulumi-process.ts";
import { projectFolder } from "../../../support/project-folder.ts";
import { run } from "../../support/shell.ts";
import { writeProgram } from "../support/fake-program.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

/** Writes a CLI whose `version` is 3.265.0 and whose other commands are a script. */
function cli(script: string, folder = tempFolder()): string {
  const file = join(folder, "pulumi");
  writeProgram(file, `if [ "$1" = version ]; then echo v3.265.0; exit; fi\n${script}`);
  return file;
}

/** What the Automation API calls of it. */
type Run = (
  args: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
  onOutput?: (text: string) => void,
  onError?: (text: string) => void,
) => Promise<unknown>;

async function runOf(command: string): Promise<Run> {
  const { run: started } = (await pulumiProcess(command)) as unknown as { run: Run };
  return started;
}

describe("a Pulumi CLI", () => {
  it("tells its version and its command", async () => {
    const file = cli("");
    const { command, version } = await pulumiProcess(file);
    expect([command, String(version)]).toEqual([file, "3.265.0"]);
  });

  it("runs in a folder with an environment, asks nobody anything, and hands on all that it prints", async () => {
    const folder = tempFolder();
    const script = 'echo "$* in $PWD"; echo "$OTHER $PULUMI_AUTOMATION_API" >&2; read -r line || echo "no input"';
    const [seen, errors] = [[] as string[], [] as string[]];
    const started = await runOf(cli(script));
    const printed = await started(
      ["up", "--yes"],
      folder,
      { OTHER: "set" },
      (text) => seen.push(text),
      (text) => errors.push(text),
    );
    const stdout = `up --yes --non-interactive in ${folder}\nno input\n`;
    expect(printed).toEqual({ stdout, stderr: "set true\n", code: 0 });
    expect([seen.join(""), errors.join("")]).toEqual([stdout, "set true\n"]);
  });

  it("keeps a character whole that comes in two pieces", async () => {
    const started = await runOf(cli("printf '\\342\\202'; sleep 0.2; printf '\\254'"));
    expect(await started(["up"], tempFolder(), {})).toEqual({ stdout: "€", stderr: "", code: 0 });
  });

  it.each([
    ["what it complained of", "echo answer; echo 'error: no stack' >&2; exit 255", "error: no stack"],
    ["what it printed when it did not complain", "echo answer; exit 1", "answer"],
  ])("fails with %s", async (_, script, reason) => {
    const started = await runOf(cli(script));
    expect(await failureOf(started(["stack", "output", "--json"], tempFolder(), {}))).toBe(
      `pulumi stack output failed: ${reason}`,
    );
  });

  it.each([
    [["refresh", "--skip-preview", "--yes"], "refresh"],
    [["stack", "init", "dev"], "stack init"],
  ])("names %j without options as what failed", async (args, name) => {
    const started = await runOf(cli("echo no >&2; exit 1"));
    expect(await failureOf(started(args, tempFolder(), {}))).toBe(`pulumi ${name} failed: no`);
  });

  it("fails when something has killed it", async () => {
    const started = await runOf(cli("echo working; kill -9 $$"));
    expect(await failureOf(started(["up"], tempFolder(), {}))).toBe("pulumi up failed: working");
  });

  it("that is missing is named", async () => {
    const command = join(tempFolder(), "pulumi");
    expect(await failureOf(pulumiProcess(command))).toBe(
      `The Pulumi CLI ${command} was not found: install it, or run \`npm ci\``,
    );
  });

  it("that may not be run is named", async () => {
    const command = join(tempFolder({ pulumi: "" }), "pulumi");
    expect(await failureOf(pulumiProcess(command))).toBe(
      `The Pulumi CLI ${command} cannot be run: spawn ${command} EACCES`,
    );
  });
});

/** A program that runs `pulumi up` once and says how it went. */
const program = `
  import { pulumiProcess } from "${projectFolder}runner/pulumi-process.ts";
  const pulumi = await pulumiProcess(process.argv[1]);
  await pulumi.run(["up"], process.cwd(), {}).then(
    ({ stdout }) => console.log("ended: " + stdout.trim()),
    (error) => console.log(\`\${error.constructor.name} \${error.status}: \${error.message}\`),
  );`;

const nodeArgs = (command: string) => ["--input-type=module", "--eval", program, command];

/** Notes each signal it gets, and works until the file `ended` is there. */
const patient = [
  'for signal in INT TERM HUP; do trap "echo $signal >>signals" $signal; done',
  "echo $$ >started",
  "while [ ! -e ended ]; do sleep 0.05; done",
  "echo up",
].join("\n");

/** A patient CLI at work below a process of this program. */
interface Working {
  readonly folder: string;
  readonly child: ChildProcess;
  /** Sends a signal to the program's whole group, as a terminal does. */
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly signals: () => string[];
  /** Lets the CLI end its work, and tells what the program printed. */
  readonly end: () => Promise<{ stdout: string; stderr: string }>;
}

async function working(command = process.execPath, args = nodeArgs): Promise<Working> {
  const folder = tempFolder();
  const child = spawn(command, args(cli(patient, folder)), { cwd: folder, detached: true });
  const texts = Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  onTestFinished(() => {
    child.kill("SIGKILL");
    // It outlives the program that started it, and its folder goes before it could look for `ended`.
    for (const pid of linesOf(join(folder, "started"))) kill(Number(pid));
  });
  await expect.poll(() => existsSync(join(folder, "started")), { timeout: 20_000 }).toBe(true);
  return {
    folder,
    child,
    signal: (signal) => process.kill(-(child.pid ?? 0), signal),
    signals: () => linesOf(join(folder, "signals")),
    end: async () => {
      writeFileSync(join(folder, "ended"), "");
      const [stdout = "", stderr = ""] = (await texts).map((chunks) => Buffer.concat(chunks as Buffer[]).toString());
      return { stdout, stderr };
    },
  };
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

const interrupted = (status: number) => ({
  stdout: `Interrupted ${status}: Interrupted; the next run carries on from here\n`,
  stderr: "Interrupted; Pulumi ends what it is at and writes it down\n",
});

describe("a Pulumi at work", { timeout: 60_000 }, () => {
  it("ends in its own time when nobody interrupts it", async () => {
    const { signals, end } = await working();
    expect(await end()).toEqual({ stdout: "ended: up\n", stderr: "" });
    expect(signals()).toEqual([]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("is asked once to end by %s, and left to it whatever else comes", async (first, status) => {
    const { signal, signals, end } = await working();
    signal(first);
    await expect.poll(signals).toEqual(["INT"]);
    for (const next of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      signal(next);
      await sleep(100);
    }
    expect(signals()).toEqual(["INT"]);
    expect(await end()).toEqual(interrupted(status));
    expect(signals()).toEqual(["INT"]);
  });

  it("does not hold the lock of those who started it, which its plugins would keep when these are killed", async () => {
    const { folder, child } = await working("bash", (command) => [
      "-c",
      'exec 9>lock && flock --nonblock 9 && export GEMMA_LOCK_FD=9 && exec "$@"',
      "bash",
      process.execPath,
      ...nodeArgs(command),
    ]);
    const free = async () => (await run("flock", ["--nonblock", join(folder, "lock"), "true"])).status;
    const [pid] = linesOf(join(folder, "started"));
    expect(await free()).toBe(1);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await free()).toBe(0);
    expect(existsSync(`/proc/${pid}/fd/2`)).toBe(true);
  });
});
