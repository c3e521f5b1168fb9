import { formatBytes } from "../support/units.ts";
import { prompts, type ServerFigures } from "./server-figures.ts";

/** What was seen of two servers; plain data. */
export interface Comparison {
  /** Whether the first one is what serves, or was brought up on the side as well. */
  readonly first: "running" | "configured";
  readonly before: ServerFigures;
  readonly tried: ServerFigures;
}

/** How much of an answer is shown, letters. */
const shown = 60;

/** How many answers are the same, word for word. */
export function sameAnswers({ before, tried }: Pick<Comparison, "before" | "tried">): number {
  return tried.answers.filter((answer, index) => words(answer) === words(before.answers[index] ?? "")).length;
}

function words(answer: string): string {
  return answer.trim().split(/\s+/).join(" ");
}

/** Writes a comparison as an aligned table, and the answers that differ, shortened. */
export function comparisonText(comparison: Comparison): string {
  const { first, before, tried } = comparison;
  const row = (label: string, figure: (of: ServerFigures) => string) => [label, figure(before), figure(tried)] as const;
  const count = prompts.length;
  const lines = [
    ["", first, "tried"],
    row("image", ({ image }) => image),
    row("Ollama", ({ version }) => version),
    ["answers, same word for word", "", `${sameAnswers(comparison)} of ${count}`],
    row("tokens/s, median", (of) => of.tokensPerSecond.toFixed(1)),
    row("memory of its processes", (of) => bytes(of.processMemory)),
    row("memory of the model, by Ollama", (of) => bytes(of.modelMemory)),
    row("start until the gate is passed", (of) => seconds(of.startSeconds)),
    row("loading the model", (of) => seconds(of.loadSeconds)),
  ];
  return [...aligned(lines), ...differences(comparison)].join("\n");
}

function bytes(value: number | undefined): string {
  return value === undefined ? "unknown" : formatBytes(value);
}

function seconds(value: number | undefined): string {
  return value === undefined ? "unknown" : `${value.toFixed(1)} s`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function differences({ first, before, tried }: Comparison): string[] {
  const width = first.length + 1;
  return prompts.flatMap((prompt, index) => {
    const [one = "", other = ""] = [before.answers[index], tried.answers[index]].map((answer) => words(answer ?? ""));
    if (one === other) return [];
    const from = differenceAt(one, other);
    return [
      `Another answer to "${prompt}"`,
      `  ${`${first}:`.padEnd(width)} ${shortened(one, from)}`,
      `  ${"tried:".padEnd(width)} ${shortened(other, from)}`,
    ];
  });
}

/** Where two answers begin to differ. */
function differenceAt(one: string, other: string): number {
  const [a, b] = [Array.from(one), Array.from(other)];
  const found = a.findIndex((letter, index) => letter !== b[index]);
  return found === -1 ? a.length : found;
}

/** The part of an answer around a place in it. */
function shortened(answer: string, place: number): string {
  const letters = Array.from(answer);
  const from = letters.length <= shown ? 0 : Math.max(0, Math.min(place - shown / 2, letters.length - shown));
  const part = letters.slice(from, from + shown).join("");
  return JSON.stringify(`${from > 0 ? "…" : ""}${part}${from + shown < letters.length ? "…" : ""}`);
}
