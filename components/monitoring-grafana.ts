import { readdirSync, readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
  dashboardsText,
  dataSourceText,
  grafanaEnvironment,
  grafanaFolder,
  provisioningFolders,
} from "../monitoring/grafana.ts";
import { filesFolder, partPorts } from "../monitoring/layout.ts";
import type { StackConfig } from "../config/schema.ts";
import type { MonitoringPartArgs } from "./monitoring-part.ts";

/** What {@link grafanaArgs} is made of. */
export interface GrafanaInput {
  readonly monitoring: StackConfig["monitoring"];
  /** Name of the monitoring's network. */
  readonly network: pulumi.Input<string>;
  /** Password of the operator, secret. */
  readonly password: pulumi.Input<string>;
}

/** Folder of the dashboards that come with the program. */
const dashboards = new URL("../monitoring/dashboards/", import.meta.url);

/** Room for what Grafana writes, MiB; it counts as the container's memory. */
const scratch = { [grafanaFolder]: 128, "/tmp": 16 };

/** The slice of {@link MonitoringPartArgs} that makes a part Grafana. */
export function grafanaArgs({ monitoring, network, password }: GrafanaInput) {
  const { grafana, scrapeInterval } = monitoring;
  return {
    entrypoint: ["/run.sh"],
    memory: grafana.memory,
    networks: [network],
    files: pulumi.all({
      "data-source.yml": dataSourceText(scrapeInterval),
      "dashboards.yml": dashboardsText(),
      password,
      ...dashboardFiles(),
    }),
    filesAt: [filesFolder, ...provisioningFolders],
    scratch,
    published: { port: grafana.port, internal: partPorts.grafana },
    environment: grafanaEnvironment,
  } satisfies Partial<MonitoringPartArgs>;
}

function dashboardFiles(): Record<string, string> {
  const names = readdirSync(dashboards).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(names.map((name) => [name, readFileSync(new URL(name, dashboards), "utf8")]));
}
