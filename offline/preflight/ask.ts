import { execFile } from "node:child_process";
import { reasonOf } from "../../support/failure.ts";

/** How long the host may take to answer, milliseconds: a stuck disk or driver must not hold the preflight. */
const patience = 10_000;

/** What a program printed, or why it did not. */
export interface Answer {
  readonly text: string;
  /** Null when the program ended well. */
  readonly failure: string | null;
}

/** Runs a program and returns what it printed; never rejects, and answers within 10 seconds. */
export function ask(program: string, ...args: readonly string[]): Promise<Answer> {
  return run(program, args).catch((error: unknown) => ({ text: "", failure: reasonOf(error) }));
}

function run(program: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      clearTimeout(timer);
      if (error === null) resolve({ text: stdout.trim(), failure: null });
      else if (error.code === "ENOENT") resolve({ text: "", failure: `the program ${program} was not found` });
      else resolve({ text: "", failure: oneLine(stderr) || oneLine(stdout) || oneLine(error.message) });
    });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      // A program that waits inside a driver outlives its kill, and would keep Node waiting for it.
      child.stdout?.destroy();
      child.stderr?.destroy();
      child.unref();
      resolve({ text: "", failure: `${program} did not answer within ${patience / 1000} s` });
    }, patience);
  });
}

/** What the work gives, null when it fails or takes longer than 10 seconds. */
export async function softly<T>(work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, patience, null);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, "; ");
}
