import { linePlot } from "../report/plot.ts";
import type { LoadRun, LoadStep } from "./load-run.ts";

const [width, height] = [640, 300];

type Unit = "seconds" | "tokensPerSecond" | "perSecond";
type Line = readonly [name: string, of: (step: LoadStep) => number | undefined];

const plots: readonly (readonly [title: string, unit: Unit, lines: readonly Line[]])[] = [
  [
    "Time to the first token",
    "seconds",
    [
      ["p50", ({ firstToken }) => firstToken?.p50.value],
      ["p95", ({ firstToken }) => firstToken?.p95.value],
      ["of that in the queue, p95", ({ queue }) => queue?.p95.value],
    ],
  ],
  [
    "Tokens per second",
    "tokensPerSecond",
    [
      ["of all", ({ allTokensPerSecond }) => allTokensPerSecond.value],
      ["of one, p50", ({ tokensPerSecond }) => tokensPerSecond?.p50.value],
      ["of one, p95", ({ tokensPerSecond }) => tokensPerSecond?.p95.value],
    ],
  ],
  [
    "Time of a whole answer",
    "seconds",
    [
      ["p50", ({ whole }) => whole?.p50.value],
      ["p95", ({ whole }) => whole?.p95.value],
    ],
  ],
  [
    "Answers per second",
    "perSecond",
    [
      ["all", ({ requestsPerSecond }) => requestsPerSecond],
      ["goodput", ({ goodput }) => goodput],
    ],
  ],
];

/** The plots of a run over the number of clients, each an SVG: a row for each figure, in which each kind of prompt has its own. */
export function loadPlots({ steps }: Pick<LoadRun, "steps">): readonly (readonly string[])[] {
  const kinds = [...new Set(steps.map(({ prompt }) => prompt))];
  return plots.map(([title, unit, lines]) =>
    kinds.map((kind) =>
      linePlot({
        title: `${title}, ${kind} prompts`,
        width,
        height,
        x: { name: "clients at a time", type: "log" },
        y: { name: "", unit },
        series: lines.map(([name, of]) => ({
          name,
          points: steps
            .filter(({ prompt }) => prompt === kind)
            .map((step) => [step.clients, of(step) ?? null] as const),
        })),
      }),
    ),
  );
}

/** All plots as one picture, black on white. */
export function loadPicture(run: Pick<LoadRun, "steps">): string {
  const rows = loadPlots(run);
  const [whole, high] = [width * Math.max(1, rows[0]?.length ?? 0), height * rows.length];
  const placed = rows.flatMap((row, down) =>
    row.map((plot, across) => plot.replace("<svg ", `<svg x="${across * width}" y="${down * height}" `)),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${whole}" height="${high}" viewBox="0 0 ${whole} ${high}" color="#1c2024">\n` +
    `<rect width="${whole}" height="${high}" fill="#fff"/>\n${placed.join("\n")}\n</svg>\n`
  );
}
