import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { monitoringPorts } from "../../config/host-rules.ts";
import { resolveConfig } from "../../config/resolve.ts";
import { projectFolder } from "../../support/project-folder.ts";
import { parsed } from "./support/raw-config.ts";

describe("the guide of a closed host", () => {
  it.each(["en", "ko"])("has every port that a stack publishes in its table, in %s", (language) => {
    const config = resolveConfig(parsed({ monitoring: { enabled: true, grafana: { enabled: true } } }));
    const ofMonitoring = Object.entries(monitoringPorts(config)).map(([key, port]) => [`monitoring.${key}`, port]);
    const text = readFileSync(join(projectFolder, "docs", language, "closed-host.md"), "utf8");
    const rows = [...text.matchAll(/^\| `([a-zA-Z.]*[pP]ort)` +\| (\d+) +\|/gm)];
    expect(rows.map(([, key, port]) => [key, Number(port)])).toEqual([["port", config.port], ...ofMonitoring]);
  });
});
