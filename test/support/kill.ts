import { spawn } from "node:child_process";
import { must, run } from "./shell.ts";

/** A process with everything that it has started, directly or not, in whatever group. */
async function familyOf(pid: number): Promise<number[]> {
  const rows = (await must("ps", ["-e", "-o", "pid=,ppid="]))
    .split("\n")
    .map((row) => row.trim().split(/\s+/).map(Number));
  const family = [pid];
  for (const parent of family) family.push(...rows.filter(([, above]) => above === parent).map(([child = 0]) => child));
  return family;
}

/** Kills one process of those that a command has started, and says which. */
export async function killOneOf(pid: number, which: (count: number) => number): Promise<string> {
  const family = await familyOf(pid);
  const member = family[which(family.length)] ?? pid;
  const name = (await run("ps", ["-o", "args=", "-p", String(member)])).stdout.trim();
  kill(member, "SIGKILL");
  return name;
}

/** Sends a signal to a process and everything that it has started, those started meanwhile too. */
export async function killFamily(pid: number, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  // Stopped first, so that nobody starts another one.
  for (const member of await familyOf(pid)) kill(member, "SIGSTOP");
  for (const member of await familyOf(pid)) kill(member, signal);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/** How a command that was to be stopped has ended. */
export interface Stopped {
  /** Whether the moment came, and the command was stopped there. */
  readonly stopped: boolean;
  readonly status: number | null;
  readonly output: string;
}

/** Starts a command, and does something to it as soon as it prints a text, or after some milliseconds. */
export async function stopAt(
  moment: RegExp | number,
  stop: (pid: number) => Promise<void> | void,
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly cwd: string },
): Promise<Stopped> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  let stopping: Promise<void> | undefined;
  const begin = () => {
    if (stopping === undefined && child.pid !== undefined) stopping = Promise.resolve(stop(child.pid));
  };
  const read = (chunk: Buffer) => {
    output += chunk.toString();
    if (typeof moment !== "number" && moment.test(output)) begin();
  };
  const timer = typeof moment === "number" ? setTimeout(begin, moment) : undefined;
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const status = await new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  clearTimeout(timer);
  await stopping;
  return { stopped: stopping !== undefined, status, output };
}
