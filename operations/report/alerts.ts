import type { Labels, Prometheus } from "./prometheus.ts";
import type { TimeRange } from "./time-range.ts";

/** An alert that fired. */
export interface FiredAlert {
  readonly name: string;
  readonly severity: string;
  /** What it was about besides its name: a model, a client. */
  readonly labels: Labels;
  /** When it was first seen within the time, seconds since 1970. */
  readonly from: number;
  /** When it was last seen. */
  readonly to: number;
  /** Whether it fires at the end of the time. */
  readonly firing: boolean;
}

/** Labels that every alert has. */
const usual = new Set(["__name__", "alertname", "alertstate", "severity"]);

/** The alerts that fired within a time, those that still do first, and among them the last ones. */
export async function firedAlerts(prometheus: Prometheus, range: TimeRange): Promise<FiredAlert[]> {
  // The one that always fires is no trouble.
  const firing = 'ALERTS{alertstate="firing",severity!="none"}';
  const [over, now] = await Promise.all([
    // One that was over between two steps counts as well, and none twice.
    prometheus.queryRange(`max_over_time(${firing}[${range.step - 1}s])`, range),
    prometheus.query(firing, range.end),
  ]);
  const still = new Set(now.map(({ labels }) => identity(labels)));
  return over
    .map(({ labels, values }) => ({
      name: labels["alertname"] ?? "",
      severity: labels["severity"] ?? "",
      labels: Object.fromEntries(Object.entries(labels).filter(([name]) => !usual.has(name))),
      from: range.start + values.findIndex((value) => value !== null) * range.step,
      to: range.start + values.findLastIndex((value) => value !== null) * range.step,
      firing: still.has(identity(labels)),
    }))
    .sort((one, other) => Number(other.firing) - Number(one.firing) || other.to - one.to);
}

function identity(labels: Labels): string {
  const named = Object.entries(labels).filter(([name]) => name !== "__name__");
  return JSON.stringify(named.sort(([one], [other]) => (one < other ? -1 : 1)));
}
