import { afterEach, describe, expect, it, vi } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { main } from "../../../support/main.ts";
import { UsageAsked } from "../../../support/options.ts";
import { Failure } from "../../../support/failure.ts";

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

describe("main", () => {
  async function errorsOf(body: () => Promise<void>): Promise<string[]> {
    const written: string[] = [];
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    await main(body);
    return written;
  }

  it.each([
    ["a failure", new Failure("The disk is full"), "The disk is full\n", 1],
    ["a failure with a status of its own", new Failure("No", exitStatus.refused), "No\n", 3],
    ["the reason of an error", new TypeError("fetch failed", { cause: new Error("ECONNRESET") }), "ECONNRESET\n", 1],
  ])("writes %s as one line and exits with its status", async (_, error, line, status) => {
    expect(await errorsOf(() => Promise.reject(error))).toEqual([line]);
    expect(process.exitCode).toBe(status);
  });

  it("writes how a command is written on stdout, and exits well", async () => {
    const answered: string[] = [];
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      answered.push(String(text));
      return true;
    });
    expect(await errorsOf(() => Promise.reject(new UsageAsked("usage: x")))).toEqual([]);
    expect(answered).toEqual(["usage: x\n"]);
    expect(process.exitCode).toBeUndefined();
  });

  it("is silent when all is well", async () => {
    expect(await errorsOf(() => Promise.resolve())).toEqual([]);
    expect(process.exitCode).toBeUndefined();
  });
});
