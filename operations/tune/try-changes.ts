import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bringUp } from "../../runner/bring-up.ts";
import { existingStack } from "../../runner/checkout-stack.ts";
import { StackRun } from "../../runner/stack-run.ts";
import { Failure } from "../../support/failure.ts";
import { say } from "../../support/progress.ts";
import { projectFolder } from "../../support/project-folder.ts";

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

/**
 * Measures the stack as it is, brings it up with the changes, and measures it again.
 * @throws Failure when a measurement or an update fails; the configuration is that of before then
 */
export async function measureBoth({ stack, data, put, back, keep }: Trial): Promise<void> {
  await using place = await mkdtempDisposable(join(tmpdir(), "gemma-tune-"));
  const [before, after] = [join(place.path, "before"), join(place.path, "after")];
  say("Measuring with the values of now");
  await measure(stack, data, ["--out", before]);
  await put();
  try {
    await bringUpAgain(stack);
    say("Measuring with the proposed values");
    await measure(stack, data, ["--out", after, "--compare", join(before, "load.json")]);
  } catch (error) {
    await back();
    say("The values of before are in the file again; the stack is brought up with them");
    await bringUpAgain(stack);
    throw error;
  }
  if (keep) return;
  await back();
  say("The values of before come back; --write keeps the proposed ones");
  await bringUpAgain(stack);
}

async function bringUpAgain(stack: string): Promise<void> {
  await bringUp(await StackRun.open(existingStack(stack)));
}

/** Seconds of each step of a short run. */
const seconds = 10;

async function measure(stack: string, data: string | undefined, more: readonly string[]): Promise<void> {
  const where = data === undefined ? [] : ["--data", data];
  const args = [
    "commands/load.ts",
    stack,
    ...where,
    "--seconds",
    String(seconds),
    "--steps",
    "1,2",
    "--prompt",
    "short",
  ];
  const options = { cwd: projectFolder, stdio: ["ignore", "inherit", "inherit"] as ["ignore", "inherit", "inherit"] };
  const child = spawn(process.execPath, [...args, ...more], options);
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new Failure("The load could not be measured; the reason stands above");
}
