import { stringify } from "yaml";
import { anchorOf, type Alert } from "./alert.ts";
import { hostAlerts } from "./alerts/host.ts";
import { loadAlerts } from "./alerts/load.ts";
import { serviceAlerts } from "./alerts/service.ts";
import { upkeepAlerts } from "./alerts/upkeep.ts";

/** Alerts by what they are about. */
export const alertGroups: Readonly<Record<string, readonly Alert[]>> = {
  service: serviceAlerts,
  load: loadAlerts,
  host: hostAlerts,
  upkeep: upkeepAlerts,
};

/** Every alert. */
export const alerts: readonly Alert[] = Object.values(alertGroups).flat();

/** Those that tell of trouble: all but the one that tells that alerts are told. */
export const troubles: readonly Alert[] = alerts.filter(({ severity }) => severity !== "none");

/** alerts.yml: the rules by which Prometheus tells of trouble. */
export function alertsText(): string {
  const groups = Object.entries(alertGroups).map(([name, rules]) => ({ name, rules: rules.map(ruleOf) }));
  return stringify({ groups }, { lineWidth: 0 });
}

function ruleOf(alert: Alert): object {
  const { name, severity, expr, summary, description } = alert;
  return {
    alert: name,
    expr,
    for: alert.for,
    labels: { severity },
    annotations: {
      summary: summary.en,
      summary_ko: summary.ko,
      description: description.en,
      description_ko: description.ko,
      runbook: `runbooks.md#${anchorOf(alert)}`,
    },
  };
}
