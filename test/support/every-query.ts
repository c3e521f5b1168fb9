import { setTimeout as sleep } from "node:timers/promises";
import { alertGroups, alerts, troubles } from "../../monitoring/alerts.ts";
import { pages } from "../../monitoring/pages.ts";
import { query, type PrometheusAccess } from "./figures.ts";

/** Queries of all pages as `panel: expression`, in their order. */
export const pageQueries: readonly string[] = pages.flatMap(({ panels }) =>
  panels.flatMap(({ id, queries }) => queries.map(({ expr }) => `${id}: ${expr}`)),
);

/** Figures that alerts are made of, each once. */
export const alertFigures: readonly string[] = [
  ...new Set(alerts.flatMap(({ expr }) => expr.match(/\b(?:up\b|[a-zA-Z]+_[a-zA-Z_]{4,})(?=[{) [])/g) ?? [])),
].toSorted();

/** Those of some expressions, each `name: expression` or an expression alone, that have no values in time. */
export async function withoutValues(
  access: PrometheusAccess,
  named: readonly string[],
  seconds: number,
): Promise<readonly string[]> {
  const end = Date.now() + seconds * 1000;
  let left = named;
  for (;;) {
    const values = await Promise.all(left.map((one) => query(access, one.replace(/^[a-z0-9-]+: /, ""))));
    left = left.filter((_, index) => values[index]?.length === 0);
    if (left.length === 0 || Date.now() > end) return left;
    await sleep(1000);
  }
}

/** Expressions of the alerts that tell of trouble of the stack, not of the machine that it runs on, as `name: expression`. */
export const stackAlerts: readonly string[] = Object.entries(alertGroups)
  .filter(([group]) => group !== "host")
  .flatMap(([, group]) => group.filter((alert) => troubles.includes(alert)))
  .map(({ name, expr }) => `${name.toLowerCase()}: ${expr}`);
