import type { Difference } from "./compare.ts";

/** Whether what runs is what was deployed, and why not. */
export interface Verdict {
  readonly verdict: "as-deployed" | "drifted" | "unknown";
  readonly differences: readonly Difference[];
  /** What could not be told. */
  readonly untold: readonly string[];
  /** What was not looked at, as asked. */
  readonly leftOut: readonly string[];
}

/** Exit statuses of `drift`, and the value of its figure. */
export const verdictNumber = { "as-deployed": 0, drifted: 1, unknown: 2 } as const;

/** One verdict: a difference counts more than what could not be told. */
export function verdictOf(
  differences: readonly Difference[],
  untold: readonly string[],
  leftOut: readonly string[],
): Verdict {
  const verdict = differences.length > 0 ? "drifted" : untold.length > 0 ? "unknown" : "as-deployed";
  return { verdict, differences, untold, leftOut };
}

/** A verdict for people. */
export function verdictText(stack: string, { verdict, differences, untold, leftOut }: Verdict): string {
  const heads = {
    "as-deployed": `The stack ${stack} runs as it was deployed`,
    drifted: `The stack ${stack} does not run as it was deployed`,
    unknown: `It cannot be told whether the stack ${stack} runs as it was deployed`,
  };
  const lines = [
    ...differences.map(differenceText),
    ...untold.map((what) => `cannot be told: ${what}`),
    ...leftOut.map((what) => `not looked at: ${what}`),
  ];
  return [heads[verdict], ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function differenceText({ of, key, deployed, now }: Difference): string {
  const values = deployed === undefined ? "is other than deployed" : `deployed ${deployed}, now ${now ?? "gone"}`;
  return `${of}: ${key}: ${values}`;
}
