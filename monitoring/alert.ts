import type { Text } from "./panel.ts";

/** A rule by which people are told of trouble. */
export interface Alert {
  readonly name: string;
  /** `critical`: clients notice; `warning`: they will. */
  readonly severity: "critical" | "warning";
  /** Fires while it has values. */
  readonly expr: string;
  /** How long it must have had them, as Prometheus writes durations. */
  readonly for: string;
  /** One line; `{{ $labels.model }}` and `{{ $value }}` stand for what it is about. */
  readonly summary: Text;
}

/** Where a document tells of an alert. */
export function anchorOf({ name }: Pick<Alert, "name">): string {
  return name.toLowerCase();
}
