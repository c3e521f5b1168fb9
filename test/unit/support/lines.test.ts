import { describe, expect, it } from "vitest";
import { readLines } from "../../../support/lines.ts";

async function* streamOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
}

const euro = Buffer.from("€");

describe("readLines", () => {
  it.each([
    ["whole lines", ["a\nb\n"], ["a", "b"]],
    ["a line over several chunks", ["a", "b", "c\nd"], ["abc", "d"]],
    ["a break between chunks", ["a", "\n", "b"], ["a", "b"]],
    ["a last line without a break", ["a\nb"], ["a", "b"]],
    ["empty lines", ["\n\na\n\n", "\n", "b\n"], ["a", "b"]],
    ["nothing", [], []],
    ["a character over two chunks", [euro.subarray(0, 1), euro.subarray(1), "\n5\n"], ["€", "5"]],
  ])("reads %s", async (_, chunks, lines) => {
    expect(await Array.fromAsync(readLines(streamOf(...chunks)))).toEqual(lines);
  });
});
