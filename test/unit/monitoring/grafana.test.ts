import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { dashboardsText, dataSourceText, grafanaEnvironment } from "../../../monitoring/grafana.ts";

describe("Grafana's files", () => {
  it("name the Prometheus beside it, as the operator, with a password that is in a file", () => {
    expect(parse(dataSourceText(15))).toEqual({
      apiVersion: 1,
      datasources: [
        {
          ...{ name: "Prometheus", uid: "prometheus", type: "prometheus", access: "proxy" },
          ...{ url: "http://prometheus:9090", isDefault: true, editable: false },
          ...{ basicAuth: true, basicAuthUser: "operator" },
          secureJsonData: { basicAuthPassword: "$__file{/etc/monitoring/password}" },
          jsonData: { httpMethod: "POST", timeInterval: "15s" },
        },
      ],
    });
  });

  it("ask for no steps below a second", () => {
    expect(dataSourceText(0.2)).toContain("timeInterval: 1s");
  });

  it("show the dashboards beside them, which nobody changes", () => {
    expect(parse(dashboardsText())).toMatchObject({
      providers: [{ disableDeletion: true, allowUiUpdates: false, options: { path: "/etc/monitoring" } }],
    });
  });

  // Grafana reads both files in both folders, and takes one without a version for one of long ago.
  it.each([dataSourceText(15), dashboardsText()])("have a version", (text) => {
    expect(parse(text)).toMatchObject({ apiVersion: 1 });
  });
});

describe("grafanaEnvironment", () => {
  it("has no password, but its file", () => {
    const passwords = Object.entries(grafanaEnvironment).filter(([name]) => name.includes("PASSWORD"));
    expect(passwords).toEqual([["GF_SECURITY_ADMIN_PASSWORD__FILE", "/etc/monitoring/password"]]);
  });
});
