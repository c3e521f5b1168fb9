import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { anchorOf } from "../../monitoring/alert.ts";
import { alerts, alertsText, troubles } from "../../monitoring/alerts.ts";
import { firing, healthy, silent, type AlertCase } from "../support/alert-cases.ts";
import { prometheusImage } from "../support/prometheus.ts";
import { docker, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

type Labels = Readonly<Record<string, string>>;

/** A case as promtool takes it; whatever `fires` has is all that may fire of that alert. */
function testOf({ about, alert, series, at, fires }: AlertCase): object {
  return {
    name: `${alert}: ${about}`,
    interval: "1m",
    input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
    alert_rule_test: [{ eval_time: at, alertname: alert, exp_alerts: fires.map((one) => expected(alert, one)) }],
  };
}

function expected(name: string, { value = "", ...labels }: Labels): object {
  const alert = alerts.find((one) => one.name === name);
  if (alert === undefined) throw new Error(`there is no alert ${name}`);
  const filled = (text: string) =>
    text
      .replace(/\{\{ (?:\$value(?: \| \w+)?|printf "[^"]+" \$value) \}\}/, value)
      .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, label: string) => labels[label] ?? "");
  return {
    exp_labels: { ...labels, severity: alert.severity },
    exp_annotations: {
      summary: filled(alert.summary.en),
      summary_ko: filled(alert.summary.ko),
      description: filled(alert.description.en),
      description_ko: filled(alert.description.ko),
      runbook: `runbooks.md#${anchorOf(alert)}`,
    },
  };
}

describe("alerts, judged by Prometheus itself", () => {
  const container = uniqueName("gemma-promtool");
  let folder: string;
  const promtool = (...args: readonly string[]) =>
    run("docker", ["exec", "-w", "/tmp", container, "promtool", ...args]);
  const judged = async (tests: readonly object[]) => {
    await writeFile(join(folder, "tests.yml"), stringify({ rule_files: ["alerts.yml"], tests }));
    await docker("cp", `${folder}/.`, `${container}:/tmp`);
    return promtool("test", "rules", "tests.yml");
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gemma-alerts-"));
    await writeFile(join(folder, "alerts.yml"), alertsText());
    // It waits for a line that does not come.
    const idle = ["--entrypoint", "/bin/sh", prometheusImage, "-c", "read line"];
    await docker("run", "--detach", "--interactive", "--name", container, ...idle);
    await docker("cp", `${folder}/.`, `${container}:/tmp`);
  });

  afterAll(async () => {
    await docker("rm", "--force", "--volumes", container);
    await rm(folder, { recursive: true });
  });

  it("are rules that it takes", async () => {
    const { status, output } = await promtool("check", "rules", "alerts.yml");
    expect(output).toContain(`SUCCESS: ${alerts.length} rules found`);
    expect(status).toBe(0);
  });

  it("have a case each in which they fire, and one in which they do not, but for the one that always fires", () => {
    const names = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name).toSorted();
    expect([...new Set(firing.map(({ alert }) => alert))].toSorted()).toEqual(names(alerts));
    expect([...new Set(silent.map(({ alert }) => alert))].toSorted()).toEqual(names(troubles));
    expect(names(alerts.filter((alert) => !troubles.includes(alert)))).toEqual(["Watchdog"]);
  });

  it("fire when they should, with what people are told, and not when they should not", async () => {
    expect(firing.filter(({ fires }) => fires.length === 0)).toEqual([]);
    expect(silent.filter(({ fires }) => fires.length > 0)).toEqual([]);
    const { status, output } = await judged([...firing, ...silent].map(testOf));
    expect(output).toBe("Unit Testing:  tests.yml\n  SUCCESS\n\n");
    expect(status).toBe(0);
  });

  it("would be found out if they did not", async () => {
    const wrong = firing.map((one) => testOf({ ...one, fires: [] }));
    const { status, output } = await judged(wrong);
    expect(output.match(/alertname: \w+, time/g)).toHaveLength(firing.length);
    expect(status).toBe(1);
  });

  it.each(healthy)("tell nothing of $about", async ({ series }) => {
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const alert_rule_test = ["1m", "20m", "2h", "20h"].flatMap((eval_time) =>
      troubles.map(({ name: alertname }) => ({ eval_time, alertname, exp_alerts: [] })),
    );
    const { status, output } = await judged([{ interval: "1m", input_series, alert_rule_test }]);
    expect(output).toBe("Unit Testing:  tests.yml\n  SUCCESS\n\n");
    expect(status).toBe(0);
  });
});
