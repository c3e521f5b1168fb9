import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { stack } from "../../support/bundle.ts";
import { brokenBy, brokenOnPurpose, exceptions, rules } from "../../support/docker-bench.ts";
import { askPrometheus, query, untilFigures, untilTargets, type PrometheusAccess } from "../../support/figures.ts";
import { model } from "../../support/fixtures.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { monitoringKeys } from "../../support/monitored-stack.ts";
import type { StackConfig } from "../../support/project.ts";
import { docker } from "../../support/shell.ts";

const registry = inject("registry");

const jobs = [
  "alertmanager",
  "asks-for-token",
  "edge",
  "edge-errors",
  "generation",
  "node",
  "ollama",
  "prometheus",
  "reached",
  "usher",
] as const;

const parts = ["prometheus", "alertmanager", "blackbox-exporter", "json-exporter", "node-exporter"] as const;

interface Outputs {
  readonly baseUrl: string;
  readonly monitoring: { url: string; alertsUrl: string; user: string; figuresContainer: string };
  readonly monitoringPassword: string;
  readonly tokens: Readonly<Record<string, string>>;
}

describe("a stack that is watched", () => {
  let watched: GatewayProject;
  let monitoring: StackConfig;
  let outputs: Outputs;
  let access: PrometheusAccess;

  const shown = async () => {
    const options = ["--show-secrets", "--json", "--stack", stack];
    return JSON.parse((await watched.project.pulumi(["stack", "output", ...options])).stdout) as Outputs;
  };
  /** The containers of the stack by what their names begin with. */
  const containers = async () => {
    const { stdout } = await watched.project.pulumi(["stack", "export", "--stack", stack]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { urn: string; id?: string }[] } };
    const found = deployment.resources.map(
      ({ urn, id }) => [/::([a-z-]+)-container$/.exec(urn)?.[1], id ?? ""] as const,
    );
    return new Map(found.filter((each): each is readonly [string, string] => each[0] !== undefined));
  };

  beforeAll(async () => {
    monitoring = await monitoringKeys();
    watched = await gatewayProject(registry, 0, { monitoring });
    const { status, output } = await watched.up({});
    if (status !== 0) throw new Error(output);
    outputs = await shown();
    const { url, user } = outputs.monitoring;
    access = { url, user, password: outputs.monitoringPassword };
  });

  afterAll(async () => {
    await watched[Symbol.asyncDispose]();
  });

  it("is reached in every part", async () => {
    const targets = await untilTargets(
      access,
      (seen) => seen.length === jobs.length && seen.every(({ health }) => health === "up"),
    );
    expect(targets.map(({ labels }) => labels["job"]).toSorted()).toEqual([...jobs]);
  });

  it("asks whoever looks for a password", async () => {
    for (const url of [outputs.monitoring.url, outputs.monitoring.alertsUrl]) {
      expect((await fetch(`${url}/metrics`)).status).toBe(401);
      const wrong = { Authorization: `Basic ${Buffer.from("operator:wrong").toString("base64")}` };
      expect((await fetch(`${url}/metrics`, { headers: wrong })).status).toBe(401);
    }
  });

  it("tells what the model does, for clients and in itself", async () => {
    const answer = await fetch(`${outputs.baseUrl}/api/generate`, {
      method: "POST",
      headers: { Authorization: `Bearer ${outputs.tokens["backend"] ?? ""}` },
      body: JSON.stringify({ model, prompt: "hello", stream: false, options: { num_predict: 5 } }),
    });
    expect(answer.status).toBe(200);
    const [tokens] = await untilFigures(access, 'usher_answer_tokens_total{client="backend"} > 0');
    expect(tokens?.metric).toMatchObject({ client: "backend", endpoint: "/api/generate", model });
    const [generated] = await untilFigures(access, "ollama_generation_eval_count");
    expect(generated?.metric).toMatchObject({ job: "generation", model });
    expect(Number(generated?.value[1])).toBeGreaterThan(0);
    const [loaded] = await untilFigures(access, "ollama_loaded_model_size_bytes");
    expect(loaded?.metric["model"]).toBe(model);
    const [probe] = await untilFigures(access, 'usher_requests_total{client="monitoring",status="200"}');
    expect(Number(probe?.value[1])).toBeGreaterThan(0);
  });

  it("tells what was deployed, and of the host that it runs on", async () => {
    const [version] = await untilFigures(access, "stack_version_info");
    expect(version?.metric["version"]).toMatch(/^localhost\/gemma\/smollm2:135m-[0-9a-f]{12}$/);
    const [age] = await query(access, "time() - stack_last_deployment_timestamp_seconds");
    expect(Number(age?.value[1])).toBeGreaterThanOrEqual(0);
    expect(Number(age?.value[1])).toBeLessThan(600);
    const [memory] = await query(access, "node_memory_MemTotal_bytes");
    expect(Number(memory?.value[1])).toBeGreaterThan(2 ** 30);
    const health = await watched.project.run("npm", ["run", "health", "-s", stack]);
    expect(health.status, health.output).toBe(0);
    // For a moment, while it is written, it is not there.
    const [gate] = await untilFigures(access, "stack_last_gate_passed");
    expect(gate?.value[1]).toBe("1");
  });

  it("has rules that Prometheus takes, and an Alertmanager that it knows", async () => {
    const { activeAlertmanagers } = await askPrometheus<{ activeAlertmanagers: { url: string }[] }>(
      access,
      "/api/v1/alertmanagers",
    );
    expect(activeAlertmanagers.map(({ url }) => url)).toEqual(["http://alertmanager:9093/api/v2/alerts"]);
  });

  it("has no container that may more than it needs", async () => {
    const reasons = Object.keys(await exceptions());
    const all = await containers();
    for (const part of parts) {
      const container = all.get(part) ?? "";
      const broken = await brokenBy(container);
      process.stdout.write(`${part}: ${rules.length - broken.length} of ${rules.length} rules\n`);
      expect([part, ...broken.toSorted()]).toEqual([part, ...[...reasons, ...brokenOnPurpose[part]].toSorted()]);
    }
  });

  it("has its secrets nowhere in plain text but in its files", async () => {
    const secrets = [outputs.monitoringPassword, outputs.tokens["monitoring"] ?? ""];
    const all = await containers();
    for (const part of parts) {
      const container = all.get(part) ?? "";
      const seen = `${await docker("inspect", container)}${await docker("top", container)}${await docker("logs", container)}`;
      expect(secrets.filter((secret) => secret === "" || seen.includes(secret))).toEqual([]);
    }
  });

  it("is as declared the second time, and after a refresh", async () => {
    for (let time = 0; time < 2; time++) {
      const preview = await watched.project.preview(stack, "--expect-no-changes");
      expect(preview.status, preview.output).toBe(0);
      if (time === 0) expect((await watched.project.refresh(stack)).status).toBe(0);
    }
  });

  it("goes without a trace, and leaves the service as it was", async () => {
    const before = await containers();
    const { status, output } = await watched.up({}, { monitoring: { enabled: false } });
    expect(status, output).toBe(0);
    const after = await containers();
    expect([...after.keys()].toSorted()).toEqual(["gateway", "ollama", "usher"]);
    for (const [name, id] of after) expect([name, before.get(name)]).toEqual([name, id]);
  });
});
