import type { Difference } from "./compare.ts";
import type { Look } from "./look.ts";

/** Whether what runs is what was deployed, and why not. */
export interface Verdict extends Required<Look> {
  readonly verdict: "as-deployed" | "drifted" | "unknown";
}

/** Exit statuses of `drift`, and the value of its figure. */
export const verdictNumber = { "as-deployed": 0, drifted: 1, unknown: 2 } as const;

/** One verdict: a difference counts more than what could not be told. */
export function verdictOf(looks: readonly Look[]): Verdict {
  const differences = once(looks.flatMap((look) => look.differences ?? []));
  const untold = looks.flatMap((look) => look.untold ?? []);
  const leftOut = looks.flatMap((look) => look.leftOut ?? []);
  const compared = looks.flatMap((look) => look.compared ?? []);
  const verdict = differences.length > 0 ? "drifted" : untold.length > 0 ? "unknown" : "as-deployed";
  return { verdict, differences, untold, leftOut, compared };
}

/** State and package tell the same of an image. */
function once(differences: readonly Difference[]): readonly Difference[] {
  return [...new Map(differences.map((difference) => [JSON.stringify(difference), difference])).values()];
}

/** A verdict for people. */
export function verdictText(stack: string, { verdict, differences, untold, leftOut, compared }: Verdict): string {
  const heads = {
    "as-deployed": `The stack ${stack} runs as it was deployed`,
    drifted: `The stack ${stack} does not run as it was deployed`,
    unknown: `It cannot be told whether the stack ${stack} runs as it was deployed`,
  };
  const lines = [
    ...differences.map(differenceText),
    ...untold.map((what) => `cannot be told: ${what}`),
    ...leftOut.map((what) => `not looked at: ${what}`),
    ...compared.map((what) => `compared: ${what}`),
  ];
  return [heads[verdict], ...lines.map((line) => `  ${line}`), ""].join("\n");
}

function differenceText({ of, key, deployed, now }: Difference): string {
  const values = deployed === undefined ? "is other than deployed" : `deployed ${deployed}, now ${now ?? "gone"}`;
  return `${of}: ${key}: ${values}`;
}
