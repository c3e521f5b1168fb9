import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";

const execute = promisify(execFile);

/** What to say when there is no docker CLI. */
export function noDocker(): Failure {
  return new Failure(
    "The docker command was not found; install the Docker CLI and put it on the PATH",
    exitStatus.refused,
  );
}

interface ExecError extends Error {
  readonly code?: string | number;
  readonly stderr?: string;
}

/**
 * Runs the docker CLI and returns what it printed.
 * @throws Failure with docker's own message
 */
export async function docker(...args: string[]): Promise<string> {
  try {
    const { stdout } = await execute("docker", args, { maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  } catch (error) {
    const { code, stderr = "", message } = error as ExecError;
    if (code === "ENOENT") throw noDocker();
    throw new Failure(stderr.trim() || message);
  }
}

/** As {@link docker}, with undefined in place of a failure. */
export async function tryDocker(...args: string[]): Promise<string | undefined> {
  try {
    return await docker(...args);
  } catch {
    return undefined;
  }
}

/** Has the shell of a small image know `tool`, which runs a program by its name, or that of busybox where it has no link of that name. */
export const defineTool =
  'tool() { if command -v "$1" >/dev/null 2>&1; then "$@"; ' +
  'elif command -v busybox >/dev/null 2>&1; then busybox "$@"; ' +
  'else echo "the image has no $1" >&2; return 127; fi; }';

/** The last lines of a container's log, indented; a reason when there is no log. */
export async function lastLogLines(container: string, count = 15): Promise<string> {
  const { stdout, stderr } = await execute("docker", ["logs", "--tail", String(count), container]).catch(
    (error: unknown) => ({
      stdout: "",
      stderr: (error as ExecError).stderr ?? "",
    }),
  );
  const text = `${stdout}${stderr}`.trim();
  return text === "" ? "  (the container has logged nothing)" : text.replaceAll(/^/gm, "  ");
}

/** Starts the docker CLI with pipes, for streams that are too large to hold. */
export function spawnDocker(args: readonly string[], environment: NodeJS.ProcessEnv = {}): DockerProcess {
  const child = spawn("docker", args, { env: { ...process.env, ...environment } });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4096);
  });
  const exited = once(child, "close").then(([code]) => {
    if (code !== 0) throw new Failure(errors.trim() || `docker ${args[0]} failed`);
  });
  // A caller that stops early never looks at the exit status.
  exited.catch(() => undefined);
  return { child, exited };
}

/**
 * Runs a docker command with a text as its input.
 * @throws Failure with docker's own message
 */
export async function sendText(args: readonly string[], text: string): Promise<void> {
  const { child, exited } = spawnDocker(args);
  child.stdout.resume();
  // What Docker says when it closes the pipe early is in `exited`.
  child.stdin.on("error", () => undefined);
  child.stdin.end(text);
  await exited;
}

/** A docker CLI at work; `exited` rejects with its own message when it fails. */
export interface DockerProcess {
  readonly child: ChildProcess & { stdin: NodeJS.WritableStream; stdout: NodeJS.ReadableStream };
  readonly exited: Promise<void>;
}
