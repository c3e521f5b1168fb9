import type { Unit } from "./unit.ts";

/** A text in both languages. */
export interface Text {
  readonly en: string;
  readonly ko: string;
}

/** A question to Prometheus, and what its lines are called; `{{label}}` stands for a label's value. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

/** One plot of a page. */
export interface Panel {
  readonly id: string;
  readonly title: Text;
  /** What it shows, and when that is bad. */
  readonly about: Text;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** What a stack has to have for it. */
  readonly needs?: "gateway" | "gpu" | "watcher";
}

/** What is looked at together. */
export interface Page {
  readonly id: string;
  readonly title: Text;
  readonly panels: readonly Panel[];
}

/** Requests of clients; the monitoring's own are none. */
export const ofClients = 'client!="monitoring"';

/** Over how long rates are taken; several times what lies between two questions. */
export const window = "5m";

/** Quantiles of a histogram of the usher. */
export function quantiles(metric: string, by: string, selector: string): Query[] {
  const labels = by === "" ? "" : `{{${by}}} `;
  const groups = by === "" ? "le" : `le, ${by}`;
  return [0.5, 0.95].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (${groups}) (rate(${metric}_bucket{${selector}}[${window}])))`,
    legend: `${labels}p${quantile * 100}`,
  }));
}
