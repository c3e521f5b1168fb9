import { stringify } from "yaml";

/** alerts.yml: the rules by which Prometheus tells of trouble. */
export function alertsText(): string {
  return stringify({ groups: [] });
}
