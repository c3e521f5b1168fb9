import { describe, expect, it } from "vitest";
import { endText, recordedEnd, tokenEnd } from "../../../edge/token-end.ts";

const rotated = 1_790_000_000;
const hour = 3600;

/** The ends after each step, of a token that is rotated at the first one: overlap and hours since then. */
function endsAfter(steps: readonly (readonly [overlap: number, at: number])[], first?: string): number[] {
  let recorded = first;
  return steps.map(([overlap, at]) => {
    recorded = endText(tokenEnd({ recorded, overlap: overlap * hour, now: rotated + at * hour }));
    return (recordedEnd(recorded) - rotated) / hour;
  });
}

describe("the end of a token that was rotated", () => {
  it("is its overlap after the rotation", () => {
    expect(tokenEnd({ recorded: undefined, overlap: 24 * hour, now: rotated })).toEqual({
      rotated,
      latest: rotated + 24 * hour,
      ends: rotated + 24 * hour,
    });
  });

  it.each([
    [
      "stays where nothing changes",
      [
        [24, 0],
        [24, 1],
        [24, 25],
      ],
      [24, 24, 24],
    ],
    [
      "is not put off by a longer overlap",
      [
        [24, 0],
        [48, 1],
        [48, 30],
      ],
      [24, 24, 24],
    ],
    [
      "comes nearer with a shorter one",
      [
        [24, 0],
        [2, 1],
      ],
      [24, 2],
    ],
    [
      "is at once where the shorter one is over, and stays",
      [
        [24, 0],
        [2, 3],
        [24, 4],
      ],
      [24, 2, 2],
    ],
    [
      "is the rotation itself without an overlap, and stays",
      [
        [24, 0],
        [0, 1],
        [24, 1],
      ],
      [24, 0, 0],
    ],
    [
      "is the first one again while a shorter one is not over",
      [
        [24, 0],
        [2, 1],
        [48, 1.5],
      ],
      [24, 2, 24],
    ],
    [
      "of a token that ended by itself stays",
      [
        [1, 0],
        [24, 2],
        [0, 3],
      ],
      [1, 1, 1],
    ],
  ] as const)("%s", (_, steps, ends) => {
    expect(endsAfter(steps)).toEqual(ends);
  });

  it.each([
    [
      "goes on from it",
      [
        [24, 10],
        [48, 11],
      ],
      [24, 24],
    ],
    [
      "stays over",
      [
        [24, 30],
        [48, 31],
      ],
      [24, 24],
    ],
  ] as const)("of which an earlier version recorded the rotation %s", (_, steps, ends) => {
    expect(endsAfter(steps, String(rotated))).toEqual(ends);
  });

  it("was long ago where it cannot be read", () => {
    expect(["", "stdout-1", String(rotated)].map(recordedEnd)).toEqual([0, 0, 0]);
  });
});
