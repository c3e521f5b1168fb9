import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { EdgeContainer, type EdgeContainerArgs } from "../../../components/edge-container.ts";
import { codeEnvironment } from "../../../components/program-command.ts";
import { startCommand } from "../../../edge/layout.ts";
import type { EdgeTls } from "../../../gateway/edge-tls.ts";
import { declare, isSecretValue, named, only, stdinOf, valueOf } from "../support/pulumi-mocks.ts";

const container = "docker:index/container:Container";

const settings = { slots: 4, maxBody: 20, readTimeout: 60, holdTimeout: 120 };
const policy = { clients: [], hosts: ["llm.example.org"], origins: [] };
const files: EdgeTls = {
  mode: "files",
  certificate: "/etc/llm/certificate.pem",
  key: "/etc/llm/key.pem",
  fingerprint: "0123",
  hosts: ["llm.example.org"],
  address: "0.0.0.0",
};

const args: EdgeContainerArgs = {
  imageId: "sha256:haproxy",
  networkName: "ollama-network-1",
  address: "127.0.0.1",
  port: 11434,
  subnet: undefined,
  memory: 256,
  cpus: 1,
  settings,
  policy,
  tls: { mode: "none" },
  drainTimeout: 300,
  restart: "unless-stopped",
  logging: { maxSize: 10, maxFile: 3 },
};

const inputs = {
  image: "sha256:haproxy",
  command: [...startCommand],
  memory: 256,
  memorySwap: 256,
  shmSize: 64,
  cpus: "1.0",
  cpuShares: 2048,
  healthcheck: {
    tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8404/healthz"],
    interval: "30s",
    timeout: "10s",
    startPeriod: "1m0s",
    retries: 3,
  },
  user: "10002:10002",
  readOnly: true,
  tmpfs: { "/tmp": "mode=0700,uid=10002,gid=10002,size=16m,noexec,nosuid,nodev" },
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  ports: [{ internal: 8080, ip: "127.0.0.1", external: 11434 }],
  volumes: [{ volumeName: "volume-1", containerPath: "/var/lib/gateway" }],
  networksAdvanced: [{ name: "network-1", aliases: ["gateway"] }, { name: "ollama-network-1" }],
  restart: "unless-stopped",
  stopSignal: "SIGUSR1",
  stopTimeout: 60,
  destroyGraceSeconds: 60,
};

const noWayOut = { "com.docker.network.bridge.enable_ip_masquerade": "false" };

const declareEdge = (change: Partial<EdgeContainerArgs> = {}) =>
  declare((options) => new EdgeContainer("edge", { ...args, ...change }, options));

describe("EdgeContainer", () => {
  it("declares a network, a volume, its owner and its files, the container and its limit of processes", async () => {
    const { resources } = await declareEdge();
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command edge-files",
      "command:local:Command edge-owner",
      "command:local:Command edge-pids",
      `${container} edge-container`,
      "docker:index/network:Network edge-network",
      "docker:index/volume:Volume edge-edge",
      "gemma:index:EdgeContainer edge",
    ]);
    expect(named(resources, "edge-edge").inputs).toEqual({});
  });

  it.each([
    [undefined, {}],
    ["10.200.1.0/29", { ipamConfigs: [{ subnet: "10.200.1.0/29", gateway: "10.200.1.1" }] }],
  ])(
    "has a network with the subnet %s that has no way out, and from which a port can be published",
    async (subnet, ipam) => {
      const { resources } = await declareEdge({ subnet });
      expect(named(resources, "edge-network").inputs).toEqual({ ...ipam, options: noWayOut });
    },
  );

  it("passes exactly these inputs", async () => {
    const { resources } = await declareEdge();
    expect(only(resources, container).inputs).toEqual(inputs);
  });

  it.each<readonly [string, Partial<EdgeContainerArgs>, object]>([
    ["another limit of memory", { memory: 512 }, { memory: 512, memorySwap: 512 }],
    ["any free port", { port: 0 }, { ports: [{ internal: 8080, ip: "127.0.0.1" }] }],
    ["another address", { address: "::" }, { ports: [{ internal: 8080, ip: "::", external: 11434 }] }],
    ["another policy", { restart: "always" }, { restart: "always" }],
    ["TLS", { tls: files }, {}],
    ["other settings, which it is told as it runs", { settings: { ...settings, slots: 8 } }, {}],
  ])("passes the same inputs for %s but for what it says", async (_, change, changed) => {
    const { resources } = await declareEdge(change);
    expect(only(resources, container).inputs).toEqual({ ...inputs, ...changed });
  });

  it("has no limit of CPUs at 0", async () => {
    const { resources } = await declareEdge({ cpus: 0 });
    const { cpus, ...unlimited } = inputs;
    expect(cpus).toBe("1.0");
    expect(only(resources, container).inputs).toEqual(unlimited);
  });

  it("gives its volume to its own user, fills it, and starts the container then", async () => {
    const { resources, options } = await declareEdge();
    const place = { volume: "volume-1", image: "sha256:haproxy" };
    expect(stdinOf(named(resources, "edge-owner"))).toEqual({ ...place, userId: 10002 });
    const filled = named(resources, "edge-files");
    expect([filled.inputs["create"], filled.inputs["environment"]]).toEqual([
      "node --use-system-ca --use-env-proxy commands/prepare-edge.ts",
      codeEnvironment("prepare-edge.ts"),
    ]);
    expect(stdinOf(filled)).toEqual({
      ...place,
      network: "ollama-network-1",
      settings: { ...settings, tls: false },
      policy,
      tls: { mode: "none" },
      drainTimeout: 300,
    });
    expect(options["command:local:Command edge-files"]).toMatchObject({
      dependsOn: ["Command"],
      parent: "EdgeContainer",
    });
    expect(options[`${container} edge-container`]).toEqual({
      dependsOn: ["Command"],
      deleteBeforeReplace: true,
      replaceOnChanges: ["healthcheck"],
      parent: "EdgeContainer",
    });
  });

  it("fills it for TLS with where the certificate is, and not with its key", async () => {
    const { resources } = await declareEdge({ tls: files });
    expect(stdinOf(named(resources, "edge-files"))).toMatchObject({ settings: { ...settings, tls: true }, tls: files });
  });

  it("sends the certificate of its own authority as a secret", async () => {
    const issued = { certificate: "CERTIFICATE", key: "KEY" };
    const tls = {
      mode: "internal" as const,
      certificate: pulumi.output(issued.certificate),
      key: pulumi.secret(issued.key),
    };
    const { resources } = await declareEdge({ tls });
    const { inputs: sent } = named(resources, "edge-files");
    expect(isSecretValue(sent["stdin"])).toBe(true);
    expect(stdinOf(named(resources, "edge-files"))).toMatchObject({
      settings: { ...settings, tls: true },
      tls: { mode: "internal", ...issued },
    });
    expect(JSON.stringify(named(resources, "edge-container").inputs)).not.toContain("KEY");
  });

  it("sends a policy that is secret as a secret", async () => {
    const { resources } = await declareEdge({ policy: pulumi.secret(policy) });
    expect(isSecretValue(named(resources, "edge-files").inputs["stdin"])).toBe(true);
  });

  it("limits the processes of the container", async () => {
    const { resources } = await declareEdge();
    expect(stdinOf(named(resources, "edge-pids"))).toEqual({ container: "edge-container-id", limit: 256 });
  });

  it.each<readonly [Partial<EdgeContainerArgs>, string]>([
    [{}, "http://127.0.0.1:11434"],
    [{ tls: files, address: "0.0.0.0" }, "https://127.0.0.1:11434"],
    [{ tls: files, port: 0 }, "https://127.0.0.1:49153"],
  ])("with %j is reached at %s, and gives ID and name", async (change, url) => {
    const { result } = await declareEdge(change);
    expect(await Promise.all([result.url, result.containerId, result.containerName].map(valueOf))).toEqual([
      url,
      "edge-container-id",
      "container-1",
    ]);
  });
});
