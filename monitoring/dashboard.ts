/* eslint-disable @typescript-eslint/no-deprecated -- the newer schema is not read from files by every Grafana of today */
import { LegendDisplayMode, LegendPlacement, VizLegendOptionsBuilder } from "@grafana/grafana-foundation-sdk/common";
import { DashboardBuilder, DashboardCursorSync, type Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import type { Page, Panel, Text } from "./panel.ts";
import type { Unit } from "./unit.ts";

/** What Grafana calls units. */
const units: Readonly<Record<Unit, string>> = {
  seconds: "s",
  bytes: "bytes",
  percent: "percent",
  tokensPerSecond: "suffix:tok/s",
  perSecond: "reqps",
  count: "short",
  celsius: "celsius",
  watt: "watt",
  none: "none",
};

/** Columns of a row, of Grafana's 24. */
const width = 12;
const height = 8;

/**
 * A page as a dashboard of Grafana.
 * @param language - of its titles
 * @param dataSource - uid of the Prometheus that it asks
 */
export function dashboardOf({ id, title, panels }: Page, language: keyof Text, dataSource: string): Dashboard {
  const dashboard = new DashboardBuilder(title[language])
    .uid(`stack-${id}-${language}`)
    .tags([language])
    .editable()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("30s")
    .time({ from: "now-6h", to: "now" })
    .timezone("browser");
  for (const panel of panels) dashboard.withPanel(panelOf(panel, language, dataSource));
  return dashboard.build();
}

function panelOf(panel: Panel, language: keyof Text, uid: string): PanelBuilder {
  const legend = new VizLegendOptionsBuilder().showLegend(true);
  const built = new PanelBuilder()
    .title(panel.title[language])
    .description(panel.about[language])
    .unit(units[panel.unit])
    .datasource({ type: "prometheus", uid })
    .legend(legend.displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom))
    .min(0)
    .fillOpacity(10)
    .span(width)
    .height(height);
  panel.queries.forEach(({ expr, legend }, index) => {
    const query = new DataqueryBuilder().expr(expr).legendFormat(legend).range();
    built.withTarget(query.refId(String.fromCharCode(65 + index)).datasource({ type: "prometheus", uid }));
  });
  return built;
}
