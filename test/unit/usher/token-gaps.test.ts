import { describe, expect, it } from "vitest";
import { TokenGaps } from "../../../usher/token-gaps.ts";

/** Seconds that are told of pieces at some moments, milliseconds. */
function gapsOf(moments: readonly number[]): readonly number[] {
  const told: number[] = [];
  const gaps = new TokenGaps((seconds) => told.push(seconds));
  for (const moment of moments) gaps.piece(moment);
  return told;
}

describe("the time between tokens", () => {
  it.each([
    ["is none before the second", [5000], []],
    ["is from each to the next", [100, 150, 30_150, 30_155], [0.05, 30, 0.005]],
    ["is not that of pieces that were written at once", [100, 100.25, 150.25, 150.75, 151], [0.05]],
  ])("%s", (_, moments, expected) => {
    expect(gapsOf(moments)).toEqual(expected);
  });
});
