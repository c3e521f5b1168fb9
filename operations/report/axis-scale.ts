import type { Unit } from "../../monitoring/unit.ts";

/** How figures of a unit are written beside an axis, or in a table. */
export interface AxisScale {
  /** Figures are divided by it. */
  readonly factor: number;
  /** What a figure is then in, `ms` for one; empty for bare numbers. */
  readonly symbol: string;
}

const KiB = 1024;

/** Units that are written in one of several steps, the smallest first. */
const steps: Partial<Record<Unit, readonly AxisScale[]>> = {
  seconds: [
    { factor: 1e-3, symbol: "ms" },
    { factor: 1, symbol: "s" },
    { factor: 60, symbol: "min" },
    { factor: 3600, symbol: "h" },
    { factor: 86_400, symbol: "d" },
  ],
  bytes: [
    { factor: 1, symbol: "B" },
    { factor: KiB, symbol: "KiB" },
    { factor: KiB ** 2, symbol: "MiB" },
    { factor: KiB ** 3, symbol: "GiB" },
    { factor: KiB ** 4, symbol: "TiB" },
  ],
};

const symbols: Partial<Record<Unit, string>> = {
  percent: "%",
  tokensPerSecond: "tokens/s",
  perSecond: "/s",
  celsius: "°C",
  watt: "W",
};

/** The scale in which the largest of some figures is a number of few digits. */
export function axisScale(unit: Unit, figures: readonly number[]): AxisScale {
  const largest = figures.reduce((most, figure) => Math.max(most, Math.abs(figure)), 0);
  const known = steps[unit] ?? [{ factor: 1, symbol: symbols[unit] ?? "" }];
  // Of two minutes, seconds still tell more.
  const least = unit === "seconds" ? 2 : 1;
  const fitting = known.filter(({ factor }, at) => at === 0 || largest >= factor * (factor > 1 ? least : 1));
  // Nothing at all is none of whole ones.
  const chosen = largest === 0 ? known.find(({ factor }) => factor === 1) : fitting.at(-1);
  return chosen ?? { factor: 1, symbol: "" };
}

/** Writes one figure for people: `1.25 s`, `99.95 %`, `144,000`. */
export function formatFigure(figure: number, unit: Unit): string {
  const { factor, symbol } = axisScale(unit, [figure]);
  const text = digits(figure / factor, unit);
  if (symbol === "") return text;
  return symbol.startsWith("/") ? `${text}${symbol}` : `${text} ${symbol}`;
}

function digits(value: number, unit: Unit): string {
  // Nearly all is not all.
  if (unit === "percent") return String(Math.floor(value * 100 + 0.5 * Number(value < 99.99)) / 100);
  return value.toLocaleString("en", { maximumSignificantDigits: Math.abs(value) >= 1000 ? 21 : 3 });
}
