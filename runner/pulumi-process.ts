import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { statusOfSignal } from "../support/exit-status.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { say } from "../support/progress.ts";
import { onStop } from "../support/stop-signals.ts";

/** What a Pulumi CLI that has ended printed. */
interface Printed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

type Listener = (text: string) => void;

/** What the Automation API calls of a {@link PulumiCommand}; its own types hide it. */
interface Runner {
  readonly command: string;
  readonly version: { toString(): string };
  run(
    args: readonly string[],
    folder: string,
    environment: NodeJS.ProcessEnv,
    onOutput?: Listener,
    onError?: Listener,
  ): Promise<Printed>;
}

/** Said when somebody has stopped a run, so that callers need not look for another reason. */
export class Interrupted extends Failure {
  constructor(signal: NodeJS.Signals) {
    super("Interrupted; the next run carries on from here", statusOfSignal(signal));
  }
}

/** Said of a CLI that can do nothing for a stack: it does not run, or has not the passphrase. */
export class PulumiUseless extends Failure {}

/** What Pulumi says without the passphrase of a state, or with another one. */
const noPassphrase = /incorrect passphrase|unable to read PULUMI_CONFIG_PASSPHRASE_FILE|passphrase must be set/;

/**
 * A Pulumi CLI for the Automation API that survives what happens around it.
 *
 * The Automation API's own one shares the terminal with Pulumi, which then gets each Ctrl-C twice and gives up at once.
 */
export async function pulumiProcess(command: string): Promise<PulumiCommand> {
  const { stdout } = await execute(command, ["version"], { environment: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
  const version = stdout.trim().replace(/^v/, "");
  const runner: Runner = {
    command,
    version: { toString: () => version },
    run: async (args, folder, environment, onOutput, onError) => {
      const options = { folder, environment: { ...environment, PULUMI_AUTOMATION_API: "true" }, onOutput, onError };
      const printed = await execute(command, [...args, "--non-interactive"], options);
      if (printed.code === 0) return printed;
      const words = args.slice(0, 2).filter((word) => !word.startsWith("-"));
      const said = printed.stderr.trim() || printed.stdout.trim();
      const Problem = noPassphrase.test(said) ? PulumiUseless : Failure;
      throw new Problem(`pulumi ${words.join(" ")} failed: ${said}`);
    },
  };
  return runner as unknown as PulumiCommand;
}

interface ExecuteOptions {
  readonly folder?: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly onOutput?: Listener | undefined;
  readonly onError?: Listener | undefined;
}

async function execute(
  command: string,
  args: readonly string[],
  { folder, environment, onOutput, onError }: ExecuteOptions,
): Promise<Printed> {
  let child: ChildProcessByStdio<null, Readable, Readable> | undefined;
  let interruption: NodeJS.Signals | undefined;
  // Before it is started: a signal that comes as it begins would end this program alone.
  using _stop = onStop((signal) => {
    if (interruption !== undefined) return;
    interruption = signal;
    say("Interrupted; Pulumi ends what it is at and writes it down");
    child?.kill("SIGINT");
  });
  try {
    child = start(command, args, folder, environment);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      onError?.(text);
    });
    const [code] = (await once(child, "close")) as [number | null];
    if (interruption !== undefined) throw new Interrupted(interruption);
    return { stdout, stderr, code: code ?? -1 };
  } catch (error) {
    if (error instanceof Failure) throw error;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      throw new PulumiUseless(`The Pulumi CLI ${command} cannot be run: ${reasonOf(error)}`);
    throw new PulumiUseless(`The Pulumi CLI ${command} was not found: install it, or run \`npm ci\``);
  }
}

function start(command: string, args: readonly string[], cwd: string | undefined, environment: NodeJS.ProcessEnv) {
  return spawn(command, args, {
    cwd,
    env: { ...process.env, ...environment },
    // A group of its own, so that a signal to this program's group reaches it through here alone, once.
    detached: true,
    // Without the lock of a package's data: the plugins of a Pulumi that was killed live on for minutes and would hold it.
    stdio: ["ignore", "pipe", "pipe"],
  });
}
