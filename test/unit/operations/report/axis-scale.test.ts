import { expect, it } from "vitest";
import { axisScale, formatFigure } from "../../../../operations/report/axis-scale.ts";

it.each([
  ["seconds", [0.02, 0.4], "ms"],
  ["seconds", [0.02, 1], "s"],
  ["seconds", [90], "s"],
  ["seconds", [120], "min"],
  ["seconds", [3 * 3600], "h"],
  ["seconds", [60 * 86_400], "d"],
  ["seconds", [0], "s"],
  ["seconds", [], "s"],
  ["bytes", [0], "B"],
  ["bytes", [1023], "B"],
  ["bytes", [5 * 2 ** 20, 3 * 2 ** 30], "GiB"],
  ["percent", [5000], "%"],
  ["tokensPerSecond", [5000], "tokens/s"],
  ["count", [5000], ""],
] as const)("writes an axis of %s up to %j in %s", (unit, figures, symbol) => {
  expect(axisScale(unit, figures).symbol).toBe(symbol);
});

it.each([
  [0.9504, "seconds", "950 ms"],
  [1.254, "seconds", "1.25 s"],
  [99.954, "percent", "99.95 %"],
  [90.0069, "percent", "90.01 %"],
  [100, "percent", "100 %"],
  [99.9999, "percent", "99.99 %"],
  [15, "tokensPerSecond", "15 tokens/s"],
  [0.5, "perSecond", "0.5/s"],
  [144_000, "count", "144,000"],
  [7.5 * 2 ** 30, "bytes", "7.5 GiB"],
  [-3, "celsius", "-3 °C"],
  [0, "count", "0"],
] as const)("writes %f of %s as %s", (figure, unit, text) => {
  expect(formatFigure(figure, unit)).toBe(text);
});
