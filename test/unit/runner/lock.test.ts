import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { clearLocks } from "../../../runner/lock.ts";
import { writtenTo } from "../support/said.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

/** Starts a program of a name that sleeps; it ends with the test. */
async function start(name: string): Promise<ChildProcess & { readonly pid: number }> {
  const file = join(tempFolder(), name);
  copyFileSync("/bin/sleep", file);
  const child = spawn(file, ["60"]);
  await once(child, "spawn");
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child as ChildProcess & { readonly pid: number };
}

/** Number of a process that has ended. */
async function endedPid(): Promise<number> {
  const child = await start("pulumi");
  child.kill("SIGKILL");
  await once(child, "close");
  return child.pid;
}

const now = () => new Date().toISOString();

/** A lock as Pulumi writes it. */
const lockOf = (pid: number, timestamp = now(), host = hostname()) =>
  JSON.stringify({ pid, username: "operator", hostname: host, timestamp });

/** A folder with one lock in it. */
function lockFolder(text: string): { folder: string; file: string } {
  const folder = tempFolder({ "1.json": text });
  return { folder, file: join(folder, "1.json") };
}

describe("clearLocks", () => {
  it.each([
    ["of 0 bytes", ""],
    ["that is half there", '{"pid": 1, "userna'],
    ["without a process", '{"username":"operator"}'],
    ["that is nothing", "null"],
  ])("removes a lock %s", async (_, text) => {
    const said = writtenTo("stderr");
    const { folder, file } = lockFolder(text);
    await clearLocks(folder);
    expect(existsSync(file)).toBe(false);
    expect(said).toEqual([`Removing a lock that nobody holds any more: it cannot be read (${file})\n`]);
  });

  it("leaves what is written beside a lock to the lock's own fate", async () => {
    const said = writtenTo("stderr");
    const { folder, file } = lockFolder("");
    const live = await start("pulumi");
    const other = { file: join(folder, "2.json"), attributes: join(folder, "2.json.attrs") };
    writeFileSync(`${file}.attrs`, "{}");
    writeFileSync(other.attributes, "{}");
    await clearLocks(folder);
    expect(readdirSync(folder)).toEqual(["2.json.attrs"]);
    expect(said).toHaveLength(1);
    writeFileSync(other.file, lockOf(live.pid));
    expect(await failureOf(clearLocks(folder, 0))).toContain(`Another run (process ${live.pid} of operator`);
    expect(readdirSync(folder).sort()).toEqual(["2.json", "2.json.attrs"]);
  });

  it("removes a lock of a process that has ended", async () => {
    const said = writtenTo("stderr");
    const pid = await endedPid();
    const { folder, file } = lockFolder(lockOf(pid));
    await clearLocks(folder);
    expect(existsSync(file)).toBe(false);
    expect(said).toEqual([`Removing a lock that nobody holds any more: its process ${pid} is not there (${file})\n`]);
  });

  it("removes a lock of another host, whose state is here, when no such process is at work", async () => {
    const said = writtenTo("stderr");
    const { folder, file } = lockFolder(lockOf(await endedPid(), now(), "elsewhere"));
    await clearLocks(folder);
    expect(existsSync(file)).toBe(false);
    expect(said).toEqual([
      `Removing a lock that nobody holds any more: it is of the host elsewhere, and the state is on this one (${file})\n`,
    ]);
  });

  it("removes a lock whose process's number another program has", async () => {
    const said = writtenTo("stderr");
    const { pid } = await start("pulumi2");
    const { folder, file } = lockFolder(lockOf(pid));
    await clearLocks(folder);
    expect(existsSync(file)).toBe(false);
    expect(said).toEqual([`Removing a lock that nobody holds any more: its process ${pid} is not there (${file})\n`]);
  });

  it("removes a lock whose process's number a later Pulumi has", async () => {
    writtenTo("stderr");
    const { pid } = await start("pulumi");
    const { folder, file } = lockFolder(lockOf(pid, new Date(Date.now() - 60_000).toISOString()));
    await clearLocks(folder, 0);
    expect(existsSync(file)).toBe(false);
  });

  it("waits for a Pulumi at work, and names it when it does not end", async () => {
    const said = writtenTo("stderr");
    const { pid } = await start("pulumi");
    const timestamp = now();
    const { folder, file } = lockFolder(lockOf(pid, timestamp));
    const run = `Another run (process ${pid} of operator, since ${timestamp}) is at work on this stack`;
    const started = performance.now();
    expect(await failureOf(clearLocks(folder, 0.6))).toBe(`${run}; nothing was changed, try again when it has ended`);
    expect(performance.now() - started).toBeGreaterThanOrEqual(600);
    expect(said).toEqual([`${run}; waiting for it\n`]);
    expect(existsSync(file)).toBe(true);
  });

  it("goes on when a Pulumi at work has ended, also without removing its lock", async () => {
    const said = writtenTo("stderr");
    const child = await start("pulumi");
    const timestamp = now();
    const { folder, file } = lockFolder(lockOf(child.pid, timestamp));
    const cleared = clearLocks(folder);
    await expect.poll(() => said.length).toBe(1);
    child.kill("SIGKILL");
    await cleared;
    expect(existsSync(file)).toBe(false);
    expect(said).toEqual([
      `Another run (process ${child.pid} of operator, since ${timestamp}) is at work on this stack; waiting for it\n`,
      `Removing a lock that nobody holds any more: its process ${child.pid} is not there (${file})\n`,
    ]);
  });

  it("goes through all locks, and waits for the one that is held", async () => {
    writtenTo("stderr");
    const { pid } = await start("pulumi");
    const folder = tempFolder({ "1.json": "", "2.json": lockOf(pid), "3.json": "" });
    expect(await failureOf(clearLocks(folder, 0))).toContain(`(process ${pid} of operator`);
    expect(readdirSync(folder)).toContain("2.json");
    expect(readdirSync(folder)).not.toContain("1.json");
  });

  it("finds nothing to do without a folder, and in an empty one", async () => {
    const said = writtenTo("stderr");
    const folder = join(tempFolder(), "locks");
    await clearLocks(folder);
    mkdirSync(folder);
    await clearLocks(folder);
    expect(said).toEqual([]);
  });
});
