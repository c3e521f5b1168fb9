import { readdir, readFile, readlink, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../support/failure.ts";
import { say } from "../support/progress.ts";

/** What Pulumi writes into a lock. */
interface Lock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** How long a run that is at work is waited for, seconds; one whose parent was killed ends within that time. */
const patience = 30;

/**
 * Removes the locks that nobody holds any more, and waits a while for a run that is at work.
 * @param folder - the locks of one stack
 * @throws Failure that names the run which is still at work
 */
export async function clearLocks(folder: string, seconds = patience): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (let named = false; ; named = true) {
    const live = await liveLock(folder);
    if (live === undefined) return;
    const run = `Another run (process ${live.pid} of ${live.username}, since ${live.timestamp}) is at work on this stack`;
    if (Date.now() > end) throw new Failure(`${run}; nothing was changed, try again when it has ended`);
    if (!named) say(`${run}; waiting for it`);
    await sleep(250);
  }
}

async function liveLock(folder: string): Promise<Lock | undefined> {
  for (const name of await readdir(folder).catch(() => [])) {
    const file = join(folder, name);
    const text = await readFile(file, "utf8").catch(() => undefined);
    // Pulumi has removed it meanwhile.
    if (text === undefined) continue;
    const lock = parseLock(text);
    if (lock !== undefined && (await isHeld(lock))) return lock;
    say(`Removing a lock that nobody holds any more: ${reasonFor(lock)} (${file})`);
    await rm(file, { force: true });
  }
  return undefined;
}

function parseLock(text: string): Lock | undefined {
  try {
    const lock = JSON.parse(text) as Partial<Lock> | null;
    return typeof lock?.pid === "number" ? (lock as Lock) : undefined;
  } catch {
    return undefined;
  }
}

function reasonFor(lock: Lock | undefined): string {
  if (lock === undefined) return "it cannot be read";
  if (lock.hostname !== hostname()) return `it is of the host ${lock.hostname}, and the state is on this one`;
  return `its process ${lock.pid} is not there`;
}

/** Whether the process that took a lock is a Pulumi at work: not one that has ended, nor another with its number. */
async function isHeld({ pid, timestamp }: Lock): Promise<boolean> {
  try {
    const program = basename(await readlink(`/proc/${pid}/exe`));
    return /^pulumi( \(deleted\))?$/.test(program) && (await startOf(pid)) <= new Date(timestamp).getTime() + 2000;
  } catch (error) {
    // Another user's, whose lock is not ours to judge.
    return (error as NodeJS.ErrnoException).code === "EACCES";
  }
}

/** Ticks of the kernel's clock in a second, as it tells them to programs. */
const ticks = 100;

/** When a process was started, milliseconds since 1970. */
async function startOf(pid: number): Promise<number> {
  const [stat, system] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/stat", "utf8")]);
  // Behind the program's name, which may hold blanks: the state is the third field, the start the 22nd.
  const sinceBoot = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]) / ticks;
  const boot = Number(/^btime (\d+)$/m.exec(system)?.[1]);
  return (boot + sinceBoot) * 1000;
}
