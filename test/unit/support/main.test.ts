import { afterEach, describe, expect, it, vi } from "vitest";
import { main } from "../../../support/main.ts";
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
    ["a failure", new Failure("The disk is full"), "The disk is full\n"],
    ["the reason of an error", new TypeError("fetch failed", { cause: new Error("ECONNRESET") }), "ECONNRESET\n"],
  ])("writes %s as one line and exits 1", async (_, error, line) => {
    expect(await errorsOf(() => Promise.reject(error))).toEqual([line]);
    expect(process.exitCode).toBe(1);
  });

  it("is silent when all is well", async () => {
    expect(await errorsOf(() => Promise.resolve())).toEqual([]);
    expect(process.exitCode).toBeUndefined();
  });
});
