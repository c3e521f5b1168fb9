import { stringify } from "yaml";
import { addressOf, fileOf, filesFolder, operator } from "./layout.ts";

/** How the dashboards name Prometheus. */
export const dataSourceUid = "prometheus";

/** Folders in which Grafana looks for its data sources and dashboards; each reads its own of the files in both. */
export const provisioningFolders = [
  "/etc/grafana/provisioning/datasources",
  "/etc/grafana/provisioning/dashboards",
] as const;

/** Folder in memory of what Grafana writes: all that matters is in its files, so it may be lost. */
export const grafanaFolder = "/var/lib/grafana";

/**
 * data-source.yml: the Prometheus that Grafana asks, as the operator.
 * @param scrapeInterval - seconds; no figure is newer than that
 */
export function dataSourceText(scrapeInterval: number): string {
  return stringify({
    apiVersion: 1,
    datasources: [
      {
        name: "Prometheus",
        uid: dataSourceUid,
        type: "prometheus",
        access: "proxy",
        url: `http://${addressOf("prometheus")}`,
        isDefault: true,
        editable: false,
        basicAuth: true,
        basicAuthUser: operator,
        secureJsonData: { basicAuthPassword: `$__file{${fileOf("password")}}` },
        jsonData: { httpMethod: "POST", timeInterval: `${Math.max(1, Math.round(scrapeInterval))}s` },
      },
    ],
  });
}

/** dashboards.yml: whatever dashboard is among its files, which nobody changes in Grafana. */
export function dashboardsText(): string {
  return stringify({
    apiVersion: 1,
    providers: [
      {
        name: "stack",
        type: "file",
        disableDeletion: true,
        allowUiUpdates: false,
        options: { path: filesFolder },
      },
    ],
  });
}

/** Settings of Grafana by which it asks nobody outside, and lets nobody but the operator in. */
export const grafanaEnvironment: Readonly<Record<string, string>> = {
  GF_PATHS_DATA: grafanaFolder,
  GF_PATHS_PLUGINS: `${grafanaFolder}/plugins`,
  GF_SECURITY_ADMIN_USER: operator,
  GF_SECURITY_ADMIN_PASSWORD__FILE: fileOf("password"),
  GF_SECURITY_DISABLE_GRAVATAR: "true",
  GF_USERS_ALLOW_SIGN_UP: "false",
  GF_ANALYTICS_REPORTING_ENABLED: "false",
  GF_ANALYTICS_CHECK_FOR_UPDATES: "false",
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: "false",
  GF_NEWS_NEWS_FEED_ENABLED: "false",
  GF_SNAPSHOTS_EXTERNAL_ENABLED: "false",
  GF_PLUGINS_PREINSTALL_DISABLED: "true",
  GF_PLUGINS_PREINSTALL_AUTO_UPDATE: "false",
  GF_PLUGINS_PLUGIN_ADMIN_ENABLED: "false",
  GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED: "true",
};
