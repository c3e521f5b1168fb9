import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { imageId, stack } from "../../support/bundle.ts";
import { stackAlerts, alertFigures, pageQueries, withoutValues } from "../../support/every-query.ts";
import { untilFigures, type PrometheusAccess } from "../../support/figures.ts";
import { model, nodeImage } from "../../support/fixtures.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { monitoringKeys } from "../../support/monitored-stack.ts";

/** Panels of which a stack without GPUs has nothing, and a service without failures neither. */
const absent = ["gpu", "gpu-memory", "gpu-temperature", "gpu-errors", "failures"];

/** Figures that a stack without GPUs and TLS does not have, and of commands that nobody ran. */
const absentFigures = [
  "DCGM_FI_DEV_XID_ERRORS",
  "probe_ssl_earliest_cert_expiry",
  "stack_drift",
  "stack_last_backup_timestamp_seconds",
];

/** A time after which even what is asked rarely was asked twice. */
const patience = 90;

describe("the queries of pages and alerts, on a stack that is used", () => {
  let used: GatewayProject;
  let access: PrometheusAccess;
  let ask: (body: object, client?: string) => Promise<number>;

  beforeAll(async () => {
    const watcher = { enabled: true, image: await imageId(nodeImage) };
    used = await gatewayProject(inject("registry"), 0, { monitoring: await monitoringKeys(), watcher });
    const narrow = { name: "narrow", maxParallel: 1, maxQueue: 0 };
    const { status, output } = await used.up({ clients: ["backend", narrow] });
    if (status !== 0) throw new Error(output);
    const options = ["--show-secrets", "--json", "--stack", stack];
    const { monitoring, monitoringPassword, baseUrl, tokens } = JSON.parse(
      (await used.project.pulumi(["stack", "output", ...options])).stdout,
    ) as {
      monitoring: { url: string; user: string };
      monitoringPassword: string;
      baseUrl: string;
      tokens: Record<string, string>;
    };
    access = { url: monitoring.url, user: monitoring.user, password: monitoringPassword };
    ask = async (body, client = "backend") => {
      const headers = { Authorization: `Bearer ${tokens[client] ?? ""}` };
      const answer = await fetch(`${baseUrl}/api/generate`, { method: "POST", headers, body: JSON.stringify(body) });
      await answer.text();
      return answer.status;
    };
  });

  afterAll(async () => {
    await used[Symbol.asyncDispose]();
  });

  it("have values for all that the stack has", async () => {
    const request = { model, prompt: "hello", options: { num_predict: 5 } };
    expect(await ask(request)).toBe(200);
    expect(await ask({ ...request, model: "none:1b" })).toBe(404);
    expect(await ask({ ...request, keep_alive: 0 })).toBe(200);
    const wanted = pageQueries.filter((one) => !absent.includes(one.split(":")[0] ?? ""));
    expect(wanted.length).toBeGreaterThan(30);
    expect(await withoutValues(access, wanted, patience)).toEqual([]);
  });

  it("tell how often the gateway refused which client", async () => {
    const request = { model, prompt: "hello", options: { num_predict: 5 } };
    const statuses = await Promise.all(Array.from({ length: 10 }, () => ask(request, "narrow")));
    const refused = statuses.filter((status) => status === 429).length;
    expect(refused).toBeGreaterThan(0);
    const counted = (labels: string, count: number) => untilFigures(access, `edge_errors_total{${labels}} == ${count}`);
    expect(await counted('client="narrow",status="429"', refused)).toHaveLength(1);
    expect(await counted('client="backend",status="404"', 1)).toHaveLength(1);
    expect(await counted('client="backend",status="429"', 0)).toHaveLength(1);
  });

  it("are of figures that there are", async () => {
    const wanted = alertFigures.filter((name) => !absentFigures.includes(name));
    expect(alertFigures).toEqual(expect.arrayContaining(absentFigures));
    expect(await withoutValues(access, wanted, patience)).toEqual([]);
  });

  it("tell of no trouble where there is none", async () => {
    expect(await withoutValues(access, stackAlerts, 0)).toEqual(stackAlerts);
  });
});
