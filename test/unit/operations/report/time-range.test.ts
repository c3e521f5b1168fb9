import { expect, it } from "vitest";
import { timeRange } from "../../../../operations/report/time-range.ts";
import { exitStatus } from "../../../../support/exit-status.ts";

it.each([
  ["24h", 86_400, 360],
  ["7d", 604_800, 2520],
  ["1w", 604_800, 2520],
  ["5m", 300, 15],
] as const)("%s begins that long before now, in about 240 steps", (since, length, step) => {
  expect(timeRange(since, 1_800_000_000.9)).toEqual({ start: 1_800_000_000 - length, end: 1_800_000_000, step });
});

it.each(["", "24", "h", "1y", "-1h", "0h", "4m", "367d", "1h30m", "99999999999999999999h", "24h "])(
  "refuses %j and says how to write one",
  (since) => {
    expect(() => timeRange(since, 0)).toThrow(
      expect.objectContaining({
        status: exitStatus.usage,
        message: `--since is ${JSON.stringify(since)}, which is no time from 5m to 366d: write a number and m, h, d or w, for example 24h or 7d`,
      }),
    );
  },
);
