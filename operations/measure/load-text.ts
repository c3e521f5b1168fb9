import { fewAnswers } from "./advice.ts";
import { changedBetween, compareRuns, type ComparedFigure } from "./load-compare.ts";
import { failuresOf } from "./load-figures.ts";
import type { LoadRun, LoadStep } from "./load-run.ts";
import { shares, type Quantiles } from "./quantiles.ts";

/** Length of the longest name of a row with a p50, under which the other shares stand. */
const nameWidth = "of that in the queue p50".length;

/** A run for a terminal: a table for each kind of prompt, and what to change. */
export function runText(run: LoadRun): string {
  const kinds = [...new Set(run.steps.map(({ prompt }) => prompt))];
  return [
    ...kinds.flatMap((kind) => stepTable(run, kind)),
    ...(run.steps.some(({ answers }) => answers < fewAnswers) ? [`* fewer than ${fewAnswers} answers`, ""] : []),
    ...(run.cut === null ? [] : [`Cut short: ${run.cut}`, ""]),
    ...run.advice.flatMap(({ key, change, because }) => [`${key}: ${change}`, `  ${because}`]),
    "",
  ].join("\n");
}

/** The figures of some steps as the rows of a table: a name, and a text for each step; the first row has the clients. */
export function stepRows(steps: readonly LoadStep[]): readonly (readonly string[])[] {
  const row = (name: string, of: (step: LoadStep) => string) => [name, ...steps.map(of)];
  const quantiles = (name: string, of: (step: LoadStep) => Quantiles | null, write: (value: number) => string) =>
    shares.map((share, index) =>
      row(index === 0 ? `${name} p${share}` : `p${share}`, (step) => {
        const seen = of(step);
        return seen === null ? "-" : write(seen[`p${share}`].value);
      }),
    );
  const tenths = (value: number) => value.toFixed(1);
  return [
    row("clients", ({ clients }) => `${clients}`),
    row("answers", ({ answers }) => `${answers}${answers < fewAnswers ? "*" : ""}`),
    row("failed", (step) => `${failuresOf(step)}`),
    ...quantiles("first token", ({ firstToken }) => firstToken, seconds),
    ...quantiles("of that in the queue", ({ queue }) => queue, seconds),
    ...quantiles("between tokens", ({ betweenTokens }) => betweenTokens, seconds),
    ...quantiles("whole answer", ({ whole }) => whole, seconds),
    ...quantiles("tokens/s of one", ({ tokensPerSecond }) => tokensPerSecond, tenths),
    row("tokens/s of all", ({ allTokensPerSecond }) => tenths(allTokensPerSecond.value)),
    row("answers/s", ({ requestsPerSecond }) => requestsPerSecond.toFixed(2)),
    row("goodput, answers/s", ({ goodput }) => goodput.toFixed(2)),
  ];
}

/** What a table of steps is about. */
export function tableTitle({ steps, method }: LoadRun, kind: LoadStep["prompt"]): string {
  const of = steps.filter(({ prompt, answers }) => prompt === kind && answers > 0);
  const tokens = of[0] === undefined ? "" : ` of about ${of[0].promptTokens.toFixed(0)} tokens`;
  const prefix = method.sharedPrefix ? ", which begin alike" : "";
  return `${kind === "short" ? "Short" : "Long"} prompts${tokens}${prefix}, answers of ${method.answerTokens}`;
}

function stepTable(run: LoadRun, kind: LoadStep["prompt"]): readonly string[] {
  const rows = stepRows(run.steps.filter(({ prompt }) => prompt === kind));
  const indented = rows.map(([name = "", ...cells]) => [/^p\d/.test(name) ? name.padStart(nameWidth) : name, ...cells]);
  return [tableTitle(run, kind), ...columns(indented), ""];
}

/** Two runs for a terminal. */
export function comparisonText(before: LoadRun, now: LoadRun): string {
  const changed = changedBetween(before, now);
  const steps = compareRuns(before, now);
  return [
    `Compared with the run of ${before.began}`,
    ...(changed.length === 0 ? [] : [`Not the same in both: ${changed.join("; ")}`]),
    ...(steps.length === 0 ? ["The two runs have no step in common"] : []),
    ...steps.flatMap(({ prompt, clients, figures }) => [
      "",
      `${prompt} prompts, ${clients} ${clients === 1 ? "client" : "clients"}`,
      ...columns([["", "before", "now", "ratio", ""], ...figures.map(comparedCells)]),
    ]),
    "",
    "better, worse: by more than the spread within the runs; no word: within it; ?: too few answers to tell",
    "",
  ].join("\n");
}

function comparedCells({ figure, before, now, ratio, verdict }: ComparedFigure): readonly string[] {
  const text = (value: number) => (figure.unit === "seconds" ? seconds(value) : value.toFixed(2));
  const said = verdict === undefined ? "?" : verdict === "same" ? "" : verdict;
  return [figure.name, text(before), text(now), ratio === undefined ? "-" : `x ${ratio.toFixed(2)}`, said];
}

function seconds(value: number): string {
  return value < 1 ? `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} ms` : `${value.toFixed(2)} s`;
}

/** Rows with their cells below one another, the first to the left and the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
