import { loadavg } from "node:os";

/** A line with a figure, what is aimed at and whether it was met, and how busy the machine was. */
export function figureLine(text: string, target?: { readonly text: string; readonly isMet: boolean }): string {
  const verdict = target === undefined ? "" : ` (target ${target.text}: ${target.isMet ? "met" : "missed"})`;
  return `${text}${verdict} [load ${(loadavg()[0] ?? NaN).toFixed(1)}]`;
}

/** At most a number. */
export function atMost(value: number, most: number) {
  return { text: `at most ${most}`, isMet: value <= most };
}

/** At least a number. */
export function atLeast(value: number, least: number) {
  return { text: `at least ${least}`, isMet: value >= least };
}
