import type { Text } from "./panel.ts";

/** A rule by which people are told of trouble. */
export interface Alert {
  readonly name: string;
  /** `critical`: clients notice; `warning`: they will; `none`: there is no trouble. */
  readonly severity: "critical" | "warning" | "none";
  /** Fires while it has values. */
  readonly expr: string;
  /** How long it must have had them, as Prometheus writes durations. */
  readonly for: string;
  /** One line; `{{ $labels.model }}` and `{{ $value }}` stand for what it is about. */
  readonly summary: Text;
  /** What that means, how much it is, and what to do first; filled in as the summary is. */
  readonly description: Text;
}

/** Where a document tells of an alert. */
export function anchorOf({ name }: Pick<Alert, "name">): string {
  return name.toLowerCase();
}
