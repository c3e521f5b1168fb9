import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** What a finished command left behind. */
export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams in the order in which they came. */
  readonly output: string;
}

/** How to run a command. */
export interface RunOptions {
  readonly cwd?: string | undefined;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** For standard input. */
  readonly input?: string | Uint8Array | undefined;
  /** Kills the command when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command to its end, whatever its exit status. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { cwd, env, input = "", signal } = options;
  const child = spawn(command, args, { cwd, env, signal, killSignal: "SIGKILL" });
  let stdout = "";
  let stderr = "";
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    output += chunk.toString();
  });
  // A killed command ends with a status of null, which is what the caller looks at.
  child.on("error", (error) => {
    if (error.name !== "AbortError") stderr += String(error);
  });
  // A command that does not read its input closes the pipe early.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const status = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  return { status, stdout, stderr, output };
}

/** Runs a command that has to succeed, and returns its standard output without the white space around it. */
export async function must(command: string, args: readonly string[], options?: RunOptions): Promise<string> {
  const { status, stdout, output } = await run(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${output}`);
  return stdout.trim();
}

/** As {@link must}, for the docker CLI on the default engine. */
export function docker(...args: string[]): Promise<string> {
  return must("docker", args);
}

/** Starts a command in a process group of its own and kills the whole group, unless it ends before. */
export async function killAfter(
  milliseconds: number,
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<void> {
  const child = spawn(command, args, { ...options, stdio: "ignore", detached: true });
  const ended = new Promise((resolve) => {
    child.once("close", resolve);
  });
  await Promise.race([sleep(milliseconds), ended]);
  if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
}
