import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TitleComponent } from "echarts/components";
import { init, use, type EChartsCoreOption } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Unit } from "../../monitoring/unit.ts";
import { axisScale, type AxisScale } from "./axis-scale.ts";
import { escaped } from "./html.ts";

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

/** Lines over one axis. */
export interface LinePlot {
  readonly title: string;
  /** Pixels. */
  readonly width?: number;
  readonly height?: number;
  /** `time` has milliseconds since 1970, `log` goes in powers of two, and `category` has places in `values`. */
  readonly x: {
    readonly name: string;
    readonly type: "time" | "value" | "log" | "category";
    readonly values?: readonly string[];
  };
  readonly y: { readonly name: string; readonly unit: Unit };
  /** Where there is no figure, a point has null, and its line a gap. */
  readonly series: readonly { readonly name: string; readonly points: Points }[];
}

type Points = readonly (readonly [number, number | null])[];

/** Okabe and Ito's colours without the two that do not show on white or on black, and their blue a little lighter for the dark. */
const colours = ["#2480c0", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
/** Tell lines apart whose colours come again, and all of them in print. */
const dashes = ["solid", "dashed", "dotted"];

/** Whatever the page has as the colour of its text, so that a plot suits a dark one as well. */
const ink = "currentColor";
const legendRow = 20;
const longestName = 300;
const fewPoints = 30;

/** Draws lines as an SVG that needs nothing else, and that is safe within HTML whatever its names are. */
export function linePlot(plot: LinePlot): string {
  const { width = 720, height = 300 } = plot;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(optionOf(plot, width));
    return still(chart.renderToSVGString({ useViewBox: true }), plot.title);
  } finally {
    chart.dispose();
  }
}

/** A picture with a name, without what echarts adds for its own script and for the mouse. */
function still(svg: string, title: string): string {
  return svg
    .replace(/<style >[^]*?<\/style>\s*/g, "")
    .replace(/ (?:class|ecmeta_\w+)="[^"]*"/g, "")
    .replace("<svg ", `<svg role="img" aria-label="${escaped(title)}" `);
}

function optionOf({ title, x, y, series }: LinePlot, width: number): EChartsCoreOption {
  const figures = series.flatMap(({ points }) => points.map(([, figure]) => figure ?? 0));
  const scale = axisScale(y.unit, figures);
  const legend = legendRow * legendRows(series, width);
  const text = { color: ink, fontFamily: "sans-serif", fontSize: 12 };
  return {
    animation: false,
    color: colours,
    textStyle: text,
    title: { text: title, left: 0, top: 4, textStyle: { ...text, fontSize: 15, fontWeight: "bold" } },
    legend: {
      show: legend > 0,
      left: 0,
      right: 8,
      bottom: 4,
      itemWidth: 24,
      itemHeight: 10,
      // Fonts of other hosts are wider than echarts takes them to be.
      formatter: (name: string) => `${name}\u00a0\u00a0`,
      itemGap: 10,
      selectedMode: false,
      textStyle: { ...text, width: longestName - 50, overflow: "truncate" },
    },
    grid: {
      left: 16,
      right: 24,
      top: 56,
      bottom: legend + 34,
      outerBounds: { left: 8, right: 16, top: 40, bottom: legend + 8 },
    },
    xAxis: { ...axis(text), ...xAxis(x) },
    yAxis: { ...axis(text), ...yAxis(y, scale, figures) },
    series: series.map(({ name, points }, at) => ({
      type: "line",
      name,
      silent: true,
      emphasis: { disabled: true },
      connectNulls: false,
      ...symbols(points),
      lineStyle: { width: 1.8, type: dashes[Math.floor(at / colours.length) % dashes.length] },
      data: points.map(([at, value]) => [at, value === null ? null : value / scale.factor]),
    })),
  };
}

function axis(text: object) {
  const line = { lineStyle: { color: ink, opacity: 0.5 } };
  return {
    silent: true,
    nameTextStyle: text,
    axisLabel: { ...text, hideOverlap: true },
    axisLine: { ...line, onZero: false },
    axisTick: line,
    splitLine: { lineStyle: { color: ink, opacity: 0.12 } },
  };
}

function xAxis({ name, type, values }: LinePlot["x"]) {
  const place = { name, nameLocation: "middle" as const, nameGap: 24 };
  const figures = { splitLine: { show: false }, min: "dataMin", max: "dataMax" };
  if (type === "category") return { ...place, type, data: values ?? [] };
  if (type === "log") return { ...place, ...figures, type, logBase: 2 };
  if (type === "value") return { ...place, ...figures, type };
  // Figures alone: months have other names in other languages.
  const day = "{MM}-{dd}";
  const time = "{HH}:{mm}";
  const formatter = { year: "{yyyy}", month: day, day, hour: time, minute: time, second: "{HH}:{mm}:{ss}" };
  return { ...place, ...figures, type, axisLabel: { color: ink, fontSize: 12, hideOverlap: true, formatter } };
}

function yAxis({ name, unit }: LinePlot["y"], { symbol }: AxisScale, figures: readonly number[]) {
  const most = figures.reduce((most, figure) => Math.max(most, figure), 0);
  return {
    type: "value",
    name: name === "" || symbol === "" ? `${name}${symbol}` : `${name} (${symbol})`,
    nameLocation: "end",
    nameGap: 10,
    nameTextStyle: { color: ink, fontSize: 12, align: "left" },
    // A flat line at 100 % stands at the top.
    ...(unit === "percent" && most <= 100 && { max: 100 }),
    ...(unit === "count" && { minInterval: 1 }),
  };
}

/** How many rows the names take; a single one that the title tells takes none. */
function legendRows(series: LinePlot["series"], width: number): number {
  const names = series.map(({ name }) => name).filter((name) => name !== "");
  if (names.length === 0) return 0;
  let [rows, used] = [1, 0];
  for (const name of names) {
    const needed = 24 + 5 + 24 + Math.min(longestName, textWidth(name));
    if (used > 0 && used + needed > width - 16) [rows, used] = [rows + 1, 0];
    used += needed;
  }
  return rows;
}

/** About how wide a text is at 12 pixels; letters of Korean are square. */
function textWidth(text: string): number {
  return Array.from(text).reduce((width, letter) => width + (letter < "\u1100" ? 7 : 12), 0);
}

/** Few figures are dots besides; of many, only those that no line shows, as they stand alone between two gaps. */
function symbols(points: Points) {
  if (points.length <= fewPoints) return { showSymbol: true, symbol: "circle", symbolSize: 5 };
  const alone = points.some((_, place) => isAlone(points, place));
  return alone ? { showSymbol: true, symbol: "circle", symbolSize: 4 } : { symbol: "none" };
}

function isAlone(points: Points, place: number): boolean {
  const value = (at: number) => points[at]?.[1] ?? null;
  return value(place) !== null && value(place - 1) === null && value(place + 1) === null;
}
