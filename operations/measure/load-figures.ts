import type { LoadStep } from "./load-run.ts";

/** A figure of a step as tables and plots name it. */
export interface StepFigure {
  readonly name: string;
  readonly unit: "seconds" | "tokensPerSecond" | "perSecond" | "count";
  /** Whether less or more is better. */
  readonly better: "less" | "more";
  readonly of: (step: LoadStep) => { value: number; low: number | null; high: number | null } | undefined;
}

type Quantiled = "firstToken" | "queue" | "betweenTokens" | "whole" | "tokensPerSecond";

const plain = (value: number) => ({ value, low: null, high: null });

function quantile(name: string, of: Quantiled, share: "p50" | "p95"): StepFigure {
  const rate = of === "tokensPerSecond";
  return {
    name: `${name}, ${share}`,
    unit: rate ? "tokensPerSecond" : "seconds",
    better: rate ? "more" : "less",
    of: (step) => step[of]?.[share],
  };
}

/** The figures by which steps are compared. */
export const stepFigures: readonly StepFigure[] = [
  quantile("first token", "firstToken", "p50"),
  quantile("first token", "firstToken", "p95"),
  quantile("queue", "queue", "p95"),
  quantile("between tokens", "betweenTokens", "p50"),
  quantile("between tokens", "betweenTokens", "p95"),
  quantile("whole answer", "whole", "p50"),
  quantile("whole answer", "whole", "p95"),
  quantile("tokens/s of one", "tokensPerSecond", "p50"),
  {
    name: "tokens/s of all",
    unit: "tokensPerSecond",
    better: "more",
    of: ({ allTokensPerSecond }) => allTokensPerSecond,
  },
  { name: "requests/s", unit: "perSecond", better: "more", of: (step) => plain(step.requestsPerSecond) },
  { name: "goodput", unit: "perSecond", better: "more", of: (step) => plain(step.goodput) },
  { name: "failures", unit: "count", better: "less", of: (step) => plain(failuresOf(step)) },
];

/** How many requests of a step failed. */
export function failuresOf({ failures }: LoadStep): number {
  return Object.values(failures).reduce((sum, count) => sum + count, 0);
}
