import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Progress, say, withHeartbeat } from "../../../support/progress.ts";

const MiB = 1024 * 1024;

let written: string[];

function onTerminal(isTerminal: boolean): void {
  Object.defineProperty(process.stderr, "isTTY", { value: isTerminal, configurable: true, writable: true });
}

beforeEach(() => {
  written = [];
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval", "setTimeout", "clearTimeout"] });
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTerminal(false);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  onTerminal(false);
});

describe("say", () => {
  it("writes a line to stderr", () => {
    say("Pulling");
    expect(written).toEqual(["Pulling\n"]);
  });
});

describe("Progress without a terminal", () => {
  it("writes a line when five seconds have passed", () => {
    using progress = new Progress("Pulling", 100 * MiB);
    vi.advanceTimersByTime(4_999);
    progress.add(10 * MiB);
    vi.advanceTimersByTime(1);
    progress.add(15 * MiB);
    expect(written).toEqual(["Pulling: 25 MiB of 100 MiB (25 %), 5 MiB/s, 15 s left\n"]);
  });

  it("writes at most one line in five seconds", () => {
    using progress = new Progress("Pulling", 100 * MiB);
    for (let second = 1; second <= 14; second += 1) {
      vi.advanceTimersByTime(1_000);
      progress.add(MiB);
    }
    expect(written).toEqual([
      "Pulling: 5 MiB of 100 MiB (5 %), 1 MiB/s, 1 min 35 s left\n",
      "Pulling: 10 MiB of 100 MiB (10 %), 1 MiB/s, 1 min 30 s left\n",
    ]);
  });

  it("counts what was there before as done, and not for the rate", () => {
    using progress = new Progress("Pulling", 100 * MiB);
    progress.skip(50 * MiB);
    vi.advanceTimersByTime(5_000);
    progress.add(10 * MiB);
    expect(written).toEqual(["Pulling: 60 MiB of 100 MiB (60 %), 2 MiB/s, 20 s left\n"]);
  });

  it("promises no time while nothing moves", () => {
    using progress = new Progress("Pulling", 100 * MiB);
    vi.advanceTimersByTime(5_000);
    progress.set(0);
    expect(written).toEqual(["Pulling: 0 bytes of 100 MiB (0 %), 0 bytes/s, unknown time left\n"]);
  });

  it("writes nothing at its end", () => {
    const progress = new Progress("Pulling", 100 * MiB);
    progress[Symbol.dispose]();
    expect(written).toEqual([]);
  });
});

describe("Progress on a terminal", () => {
  it("draws a bar in place and wipes it at its end", () => {
    onTerminal(true);
    const progress = new Progress("Pulling", 100 * MiB);
    vi.advanceTimersByTime(1_000);
    progress.add(50 * MiB);
    progress[Symbol.dispose]();
    const bar = `${"=".repeat(15)}${" ".repeat(15)}`;
    expect(written).toEqual([`\r\u001b[KPulling [${bar}] 50 MiB of 100 MiB (50 %), 50 MiB/s, 1 s left`, "\r\u001b[K"]);
  });
});

describe("withHeartbeat", () => {
  it("writes a line every five seconds until the work is done, and gives its result", async () => {
    const work = new Promise<string>((resolve) => setTimeout(resolve, 12_000, "done"));
    const result = withHeartbeat("Building", work);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await result).toBe("done");
    expect(written).toEqual(["Building: 5 s so far\n", "Building: 10 s so far\n"]);
  });

  it("stops when the work fails, and fails with it", async () => {
    const work = withHeartbeat("Building", Promise.reject(new Error("no space")));
    await expect(work).rejects.toThrow(new Error("no space"));
    await vi.advanceTimersByTimeAsync(30_000);
    expect(written).toEqual([]);
  });
});
