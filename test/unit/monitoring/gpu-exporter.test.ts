import { describe, expect, it } from "vitest";
import { countersText, gpuExporterEnvironment } from "../../../monitoring/gpu-exporter.ts";
import { pages } from "../../../monitoring/pages.ts";

const lines = countersText().trimEnd().split("\n");

describe("countersText", () => {
  it("has a field, its kind and what it is on each line, as dcgm-exporter reads them", () => {
    expect(lines.filter((line) => !/^DCGM_FI_[A-Z0-9_]+, (gauge|counter), [^,"]+$/.test(line))).toEqual([]);
    expect(new Set(lines.map((line) => line.split(",")[0])).size).toBe(lines.length);
  });

  it("has none of the fields that only root may have", () => {
    expect(lines.filter((line) => line.includes("_PROF_"))).toEqual([]);
  });

  it("has what the pages of the host show", () => {
    const queries = pages.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries.map(({ expr }) => expr)));
    const shown = new Set(queries.flatMap((expr) => expr.match(/DCGM_[A-Z0-9_]+/g) ?? []));
    expect(shown.size).toBeGreaterThan(0);
    expect([...shown].filter((field) => !lines.some((line) => line.startsWith(`${field},`)))).toEqual([]);
  });
});

describe("gpuExporterEnvironment", () => {
  it("has either exporter listen where Prometheus asks", () => {
    expect(gpuExporterEnvironment["DCGM_EXPORTER_LISTEN"]).toBe(":9835");
    expect(gpuExporterEnvironment["DCGM_EXPORTER_COLLECTORS"]).toBe("/etc/monitoring/gpu-counters.csv");
  });
});
