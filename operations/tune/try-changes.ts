import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bringUp } from "../../runner/bring-up.ts";
import { existingStack } from "../../runner/checkout-stack.ts";
import { StackRun } from "../../runner/stack-run.ts";
import { statusOfSignal } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { say } from "../../support/progress.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { onStop } from "../../support/stop-signals.ts";

/** What is tried. */
export interface Trial {
  readonly stack: string;
  /** Data folder of a closed host. */
  readonly data: string | undefined;
  /** Puts the changed configuration in its place. */
  readonly put: () => Promise<void>;
  /** Puts the one before in its place again. */
  readonly back: () => Promise<void>;
  /** Whether the changes are to stay. */
  readonly keep: boolean;
}

/** What a trial does to the stack; each ends early when somebody stops this program. */
export interface TrialSteps {
  readonly bringUp: () => Promise<void>;
  /** Measures the load, with further options of `load`. */
  readonly measure: (options: readonly string[]) => Promise<void>;
}

/**
 * Measures the stack as it is, brings it up with the changes, and measures it again.
 * @throws Failure when a measurement or an update fails, or somebody stops it; the configuration is that of before then
 */
export async function measureBoth(trial: Trial, { bringUp, measure }: TrialSteps = stepsOf(trial)): Promise<void> {
  const { put, back, keep } = trial;
  let stopped: NodeJS.Signals | undefined;
  using _stop = onStop((signal) => {
    stopped ??= signal;
  });
  const orStop = () => {
    if (stopped !== undefined) throw new Failure("Interrupted", statusOfSignal(stopped));
  };
  await using place = await mkdtempDisposable(join(tmpdir(), "gemma-tune-"));
  const [before, after] = [join(place.path, "before"), join(place.path, "after")];
  say("Measuring with the values of now");
  await measure(["--out", before]);
  orStop();
  try {
    await put();
    orStop();
    await bringUp();
    orStop();
    say("Measuring with the proposed values");
    await measure(["--out", after, "--compare", join(before, "load.json")]);
    orStop();
  } catch (error) {
    await back();
    // Whoever stops it does not wait for an update.
    if (stopped !== undefined)
      throw new Failure(
        "Interrupted; the values of before are in the file again. Bring the stack up for them to hold",
        statusOfSignal(stopped),
      );
    say("The values of before are in the file again; the stack is brought up with them");
    await bringUp();
    throw error;
  }
  if (keep) return;
  await back();
  say("The values of before come back; --write keeps the proposed ones");
  await bringUp();
}

function stepsOf({ stack, data }: Trial): TrialSteps {
  return {
    bringUp: async () => {
      await bringUp(await StackRun.open(existingStack(stack)));
    },
    measure: (options) => measure(stack, data, options),
  };
}

/** Seconds of each step of a short run. */
const seconds = 10;

async function measure(stack: string, data: string | undefined, more: readonly string[]): Promise<void> {
  const where = data === undefined ? [] : ["--data", data];
  const short = ["--seconds", String(seconds), "--steps", "1,2", "--prompt", "short"];
  const child = spawn(process.execPath, ["commands/load.ts", stack, ...where, ...short, ...more], {
    cwd: projectFolder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  // A Ctrl-C has reached it already; it takes no harm from another one.
  using _stop = onStop((signal) => child.kill(signal));
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Failure("The load could not be measured; the reason stands above");
}
