import { describe, expect, it } from "vitest";
import { Monitoring } from "../../../components/monitoring.ts";
import { watchedBy } from "../../../components/watched.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import type { RawConfig } from "../../../config/problems.ts";
import { dataSourceUid } from "../../../monitoring/grafana.ts";
import { declare, isSecretValue, named, stdinOf, valueOf } from "../support/pulumi-mocks.ts";
import { parsed } from "../support/raw-config.ts";

const gateway = {
  ...{ delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` },
  gateway: { enabled: true, clients: ["backend"] },
};
const webhook = { enabled: true, alertmanager: { webhook: "https://alerts.example.org/hook" } };

/** Declares the monitoring of a stack with a gateway unless a change says otherwise. */
function declareMonitoring(change: RawConfig = {}, base: RawConfig = gateway) {
  const config = resolveConfig(parsed({ ...base, monitoring: { enabled: true }, ...change }));
  const behind = config.gateway.enabled;
  return declare(
    (options) =>
      new Monitoring(
        "monitoring",
        {
          ...config,
          watched: watchedBy(config),
          serverNetwork: "server-network-1",
          gatewayNetwork: behind ? "gateway-network-1" : undefined,
          token: behind ? "the token" : undefined,
          deployed: { server: "server-1", image: "image", baseImage: "base", program: "1" },
          shellImage: "sha256:shell",
        },
        options,
      ),
    {
      "monitoring-network": { name: "monitoring-network-1" },
      "alerts-network": { name: "outside-1" },
      "prometheus-container": { name: "prometheus-1", ports: [{ internal: 9090, external: 9090 }] },
      "alertmanager-container": { name: "alertmanager-1", ports: [{ internal: 9093, external: 9093 }] },
    },
  );
}

type Declared = Awaited<ReturnType<typeof declareMonitoring>>;

const container = ({ resources }: Declared, part: string) => named(resources, `${part}-container`).inputs;
const containersOf = ({ resources }: Declared) =>
  resources
    .filter(({ type }) => type === "docker:index/container:Container")
    .map(({ name }) => name.replace(/-container$/, ""))
    .toSorted();
const networksOf = (declared: Declared, part: string) =>
  (container(declared, part)["networksAdvanced"] as { name: string }[]).map(({ name }) => name);

const always = ["alertmanager", "blackbox-exporter", "json-exporter", "node-exporter", "prometheus"];

describe("Monitoring", () => {
  it("has a container for each part, that of GPUs only where some are reserved", async () => {
    expect(containersOf(await declareMonitoring())).toEqual(always);
    const withGpus = await declareMonitoring({ gpus: "all" });
    expect(containersOf(withGpus)).toEqual([...always, "gpu-exporter"].toSorted());
    expect(container(withGpus, "gpu-exporter")["deviceRequests"]).toEqual([
      { driver: "nvidia", capabilities: ["gpu"], count: -1 },
    ]);
    expect(container(withGpus, "gpu-exporter")["envs"]).toContain("DCGM_EXPORTER_LISTEN=:9835");
  });

  it("gives each nothing that it does not need", async () => {
    const declared = await declareMonitoring({ gpus: "all" });
    for (const part of containersOf(declared))
      expect(container(declared, part)).toMatchObject({
        user: "65534:65534",
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        envs: expect.arrayContaining([expect.stringMatching(/^GOMEMLIMIT=\d+MiB$/)]) as string[],
      });
  });

  it("is on networks without a way out, where each asks", async () => {
    const declared = await declareMonitoring();
    expect(named(declared.resources, "monitoring-network").inputs["options"]).toEqual({
      "com.docker.network.bridge.enable_ip_masquerade": "false",
    });
    const [own, server, edge] = ["monitoring-network-1", "server-network-1", "gateway-network-1"];
    expect(networksOf(declared, "prometheus")).toEqual([own, server, edge]);
    expect(networksOf(declared, "json-exporter")).toEqual([own, server, edge]);
    expect(networksOf(declared, "blackbox-exporter")).toEqual([own, edge]);
    expect(networksOf(declared, "alertmanager")).toEqual([own]);
    expect(networksOf(declared, "node-exporter")).toEqual([own]);
    const alone = await declareMonitoring({}, {});
    expect(networksOf(alone, "blackbox-exporter")).toEqual([own, server]);
    expect(networksOf(alone, "prometheus")).toEqual([own, server]);
  });

  it("lets Alertmanager alone out, and only where it is to tell somebody", async () => {
    const declared = await declareMonitoring({ monitoring: webhook });
    const out = containersOf(declared).filter((part) => networksOf(declared, part).includes("outside-1"));
    expect(out).toEqual(["alertmanager"]);
    // Docker routes through the network whose name comes first, and names begin with those of the resources.
    const networks = declared.resources.filter(({ type }) => type === "docker:index/network:Network");
    expect(networks.map(({ name }) => name).toSorted()).toEqual(["alerts-network", "monitoring-network"]);
    expect((await declareMonitoring()).resources.map(({ name }) => name)).not.toContain("alerts-network");
  });

  it("publishes Prometheus and Alertmanager on loopback, and nothing else", async () => {
    const declared = await declareMonitoring();
    const published = containersOf(declared).filter((part) => container(declared, part)["ports"] !== undefined);
    expect(published).toEqual(["alertmanager", "prometheus"]);
    expect(container(declared, "prometheus")["ports"]).toEqual([{ internal: 9090, external: 9090, ip: "127.0.0.1" }]);
    expect(await valueOf(declared.result.status)).toMatchObject({
      url: "http://127.0.0.1:9090",
      alertsUrl: "http://127.0.0.1:9093",
      user: "operator",
    });
  });

  it("has Grafana on loopback with the dashboards of the program, where it is asked for", async () => {
    const declared = await declareMonitoring({ monitoring: { enabled: true, grafana: { enabled: true, port: 3001 } } });
    expect(containersOf(declared)).toEqual([...always, "grafana"].toSorted());
    const { volumes, ...grafana } = container(declared, "grafana");
    expect(grafana).toMatchObject({
      entrypoints: ["/run.sh"],
      networksAdvanced: [{ name: "monitoring-network-1", aliases: ["grafana"] }],
      ports: [{ internal: 3000, external: 3001, ip: "127.0.0.1" }],
    });
    expect(Object.keys(grafana["tmpfs"] as object)).toEqual(["/tmp", "/var/lib/grafana"]);
    const folders = (volumes as { containerPath: string; readOnly: boolean }[]).filter(({ readOnly }) => readOnly);
    expect(folders.map(({ containerPath }) => containerPath)).toEqual([
      "/etc/monitoring",
      "/etc/grafana/provisioning/datasources",
      "/etc/grafana/provisioning/dashboards",
    ]);
    const { files } = stdinOf(named(declared.resources, "grafana-fill")) as { files: Record<string, string> };
    const dashboards = Object.keys(files).filter((name) => name.endsWith(".json"));
    expect(dashboards).toEqual(expect.arrayContaining(["service.en.json", "service.ko.json"]));
    expect(Object.keys(files).filter((name) => !dashboards.includes(name))).toEqual([
      "data-source.yml",
      "dashboards.yml",
      "password",
    ]);
    for (const name of dashboards) expect(files[name]).toContain(`"uid": "${dataSourceUid}"`);
    expect((await valueOf(declared.result.status)).grafanaUrl).toBe("http://127.0.0.1:3001");
  });

  it("keeps password and token secret, and out of arguments and environment", async () => {
    const declared = await declareMonitoring();
    const password = await valueOf(declared.result.password);
    expect(password).toBe("secret of monitoring-password");
    for (const part of containersOf(declared)) {
      const text = JSON.stringify(container(declared, part));
      expect([part, text.includes(password), text.includes("the token")]).toEqual([part, false, false]);
    }
    const fill = named(declared.resources, "json-exporter-fill");
    expect(isSecretValue(fill.inputs["stdin"])).toBe(true);
    expect(stdinOf(fill)).toMatchObject({ userId: 65_534, files: { token: "the token" } });
  });

  it("has another container read other files", async () => {
    const [before, after] = [await declareMonitoring(), await declareMonitoring({ monitoring: webhook })];
    const trigger = ({ options }: Declared, part: string) =>
      options[`docker:index/container:Container ${part}-container`]?.replacementTrigger;
    expect(trigger(after, "alertmanager")).not.toEqual(trigger(before, "alertmanager"));
    expect(trigger(after, "prometheus")).toEqual(trigger(before, "prometheus"));
    expect(trigger(before, "prometheus")).toMatch(/^sha256:[0-9a-f]{64}$/);
  });
});
