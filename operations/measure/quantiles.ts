/** A figure, and between which values it would come again in 19 of 20 runs; null where there are too few to tell. */
export interface Figure {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Shares of the requests, in percent, up to which figures are told. */
export const shares = [50, 90, 95, 99] as const;

/** Figures that half, nine in ten, 19 in 20 and 99 in 100 of the requests do at least as well as. */
export type Quantiles = Readonly<Record<`p${(typeof shares)[number]}`, Figure>>;

/** Half of the width of an interval that holds 19 of 20 values of a normal distribution, in standard deviations. */
const width = 1.96;

/**
 * Quantiles over raw values, each a value that was seen; undefined without values.
 * @param better - whether less is better, as of times, or more, as of rates
 */
export function quantilesOf(values: readonly number[], better: "less" | "more" = "less"): Quantiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((one, other) => (better === "less" ? one - other : other - one));
  const entries = shares.map((share) => [`p${share}`, quantile(sorted, share / 100)] as const);
  return Object.fromEntries(entries) as Quantiles;
}

/** By nearest rank; the interval by the ranks between which the true quantile lies, whatever the distribution is. */
function quantile(sorted: readonly number[], share: number): Figure {
  const count = sorted.length;
  const value = sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? NaN;
  const spread = width * Math.sqrt(count * share * (1 - share));
  const ends = [sorted[Math.floor(share * count - spread) - 1], sorted[Math.ceil(share * count + spread)]];
  if (ends.some((end) => end === undefined)) return { value, low: null, high: null };
  const [low = value, high = value] = (ends as number[]).toSorted((one, other) => one - other);
  return { value, low, high };
}

/** The mean of figures of equal parts of a time, with the interval that they leave. */
export function meanOf(parts: readonly number[]): Figure {
  const count = parts.length;
  const value = parts.reduce((sum, part) => sum + part, 0) / Math.max(count, 1);
  if (count < 5) return { value, low: null, high: null };
  const variance = parts.reduce((sum, part) => sum + (part - value) ** 2, 0) / (count - 1);
  const half = width * Math.sqrt(variance / count);
  return { value, low: value - half, high: value + half };
}
