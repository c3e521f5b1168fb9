import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { exitStatus } from "../support/exit-status.ts";
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

/** End of the name of a file that the backend writes beside each of its own. */
const attributes = ".attrs";

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
    if (Date.now() > end)
      throw new Failure(`${run}; nothing was changed, try again when it has ended`, exitStatus.busy);
    if (!named) say(`${run}; waiting for it`);
    await sleep(250);
  }
}

/** Whether a run is at work on a stack; locks that nobody holds any more are removed. */
export async function isAtWork(folder: string): Promise<boolean> {
  return (await liveLock(folder)) !== undefined;
}

async function liveLock(folder: string): Promise<Lock | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((file) => !file.endsWith(attributes))) {
    const file = join(folder, name);
    const text = await readFile(file, "utf8").catch(() => undefined);
    // Pulumi has removed it meanwhile.
    if (text === undefined) continue;
    const lock = parseLock(text);
    if (lock !== undefined && (await isHeld(lock))) return lock;
    say(`Removing a lock that nobody holds any more: ${reasonFor(lock)} (${file})`);
    for (const each of [file, `${file}${attributes}`]) await rm(each, { force: true });
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
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return false;
  // The name may hold blanks and brackets itself.
  const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ended = ["Z", "X"].includes(fields[0] ?? "");
  const started = (await bootTime()) + Number(fields[19]) / ticks;
  return name === "pulumi" && !ended && started <= new Date(timestamp).getTime() / 1000 + tolerance;
}

/** Ticks of the kernel's clock in a second, as it tells them to programs. */
const ticks = 100;

/** The kernel tells its start in whole seconds. */
const tolerance = 2;

/** When the machine was started, seconds since 1970. */
async function bootTime(): Promise<number> {
  return Number(/^btime (\d+)$/m.exec(await readFile("/proc/stat", "utf8"))?.[1]);
}
