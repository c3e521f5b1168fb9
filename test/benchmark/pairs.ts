/** A measurement of two things in turn. */
export interface Pair<Measured = number> {
  readonly a: Measured;
  readonly b: Measured;
}

/** Measures A and B in turn, so that a machine whose speed drifts drifts for both. */
export async function inTurn<Measured>(
  rounds: number,
  a: () => Promise<Measured>,
  b: () => Promise<Measured>,
): Promise<Pair<Measured>[]> {
  const pairs: Pair<Measured>[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push({ a: await a(), b: await b() });
  return pairs;
}

/** The value in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** One line of a result table: medians of both sides and of the ratio, with the ratio's range. */
export function resultLine(label: string, unit: string, pairs: readonly Pair[]): string {
  const ratios = pairs.map(({ a, b }) => a / b);
  const [a, b] = [median(pairs.map((pair) => pair.a)), median(pairs.map((pair) => pair.b))];
  const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return `${label}: ${a.toFixed(2)} against ${b.toFixed(2)} ${unit}, ratio ${median(ratios).toFixed(2)} (${range}, ${pairs.length} pairs)`;
}

/** Seconds that a piece of work takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** Measures several things in rounds, in each of which they come in an order that is drawn anew. */
export async function inRounds<Name extends string, Measured>(
  rounds: number,
  works: Readonly<Record<Name, () => Promise<Measured>>>,
): Promise<Record<Name, Measured>[]> {
  const names = Object.keys(works) as Name[];
  const measured: Record<Name, Measured>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const order = names.map((name) => ({ name, at: Math.random() })).toSorted((a, b) => a.at - b.at);
    const seen: Partial<Record<Name, Measured>> = {};
    for (const { name } of order) seen[name] = await works[name]();
    measured.push(seen as Record<Name, Measured>);
  }
  return measured;
}

/** The value that a share of the values is not above. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
