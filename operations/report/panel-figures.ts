import type { Page, Panel } from "../../monitoring/pages.ts";
import { window } from "../../monitoring/panel.ts";
import { parseDuration } from "../../support/units.ts";
import type { LinePlot } from "./plot.ts";
import { QueryRefused, type Labels, type Prometheus, type Series } from "./prometheus.ts";
import type { TimeRange } from "./time-range.ts";

/** A panel with its figures. */
export interface PanelFigures {
  readonly panel: Panel;
  readonly series: LinePlot["series"];
  /** How many lines were left out, as nobody can tell so many apart. */
  readonly leftOut: number;
  /** What Prometheus said when it would not answer. */
  readonly refused: string | undefined;
}

/** A page with its figures. */
export interface PageFigures {
  readonly page: Page;
  readonly panels: readonly PanelFigures[];
}

const mostLines = 12;
const usualWindow = parseDuration(window) ?? 0;

/** Asks for all that the panels of a page show. */
export async function pageFigures(prometheus: Prometheus, page: Page, range: TimeRange): Promise<PageFigures> {
  const panels = await Promise.all(page.panels.map((panel) => panelFigures(prometheus, panel, range)));
  return { page, panels };
}

async function panelFigures(prometheus: Prometheus, panel: Panel, range: TimeRange): Promise<PanelFigures> {
  try {
    const asked = panel.queries.map(async ({ expr, legend }) =>
      (await prometheus.queryRange(over(expr, range), range)).map((series) => ({
        ...series,
        name: nameOf(legend, series.labels),
      })),
    );
    const all = (await Promise.all(asked)).flat().filter(({ values }) => values.some((value) => value !== null));
    const shown = new Set([...all].sort((one, other) => largest(other) - largest(one)).slice(0, mostLines));
    const series = all
      .filter((line) => shown.has(line))
      .map(({ name, values }) => ({ name, points: points(values, range) }));
    return { panel, series, leftOut: all.length - series.length, refused: undefined };
  } catch (error) {
    if (!(error instanceof QueryRefused)) throw error;
    return { panel, series: [], leftOut: 0, refused: error.message };
  }
}

/** Takes rates over a whole step where that is longer than usual, so that nothing between two figures is lost. */
function over(expression: string, { step }: TimeRange): string {
  return step > usualWindow ? expression.replaceAll(`[${window}]`, `[${step}s]`) : expression;
}

/** Puts labels in their places within a name such as `{{client}} p95`. */
function nameOf(legend: string, labels: Labels): string {
  return legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "").trim();
}

function largest({ values }: Series): number {
  return values.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0);
}

function points(values: Series["values"], { start, step }: TimeRange): [number, number | null][] {
  return values.map((value, at) => [(start + at * step) * 1000, value]);
}
