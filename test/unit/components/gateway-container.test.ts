import { describe, expect, it } from "vitest";
import { GatewayContainer, type GatewayContainerArgs } from "../../../components/gateway-container.ts";
import { startCommand } from "../../../gateway/processes.ts";
import { declare, named, only, stdinOf, valueOf } from "../support/pulumi-mocks.ts";

const container = "docker:index/container:Container";

const args: GatewayContainerArgs = {
  imageId: "sha256:caddy",
  networkName: "ollama-network-1",
  address: "127.0.0.1",
  port: 11434,
  subnet: undefined,
  memory: 256,
  cpus: 1,
  tls: false,
  restart: "unless-stopped",
  logging: { maxSize: 10, maxFile: 3 },
};

const inputs = {
  image: "sha256:caddy",
  command: [...startCommand],
  envs: [
    "CADDY_ADMIN=unix//run/gateway/door-admin.sock",
    "HOME=/run/gateway",
    "XDG_CONFIG_HOME=/var/lib/gateway/config/door",
    "XDG_DATA_HOME=/var/lib/gateway/data",
  ],
  memory: 256,
  memorySwap: 256,
  shmSize: 64,
  cpus: "1.0",
  cpuShares: 2048,
  healthcheck: {
    tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2020/"],
    interval: "30s",
    timeout: "10s",
    startPeriod: "1m0s",
    retries: 3,
  },
  user: "10002:10002",
  readOnly: true,
  tmpfs: { "/run/gateway": "mode=0700,uid=10002,gid=10002,size=16m,noexec,nosuid,nodev" },
  capabilities: { drops: ["ALL"], adds: ["CAP_NET_BIND_SERVICE"] },
  securityOpts: ["no-new-privileges:true"],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  ports: [{ internal: 8080, ip: "127.0.0.1", external: 11434 }],
  volumes: [{ volumeName: "volume-1", containerPath: "/var/lib/gateway" }],
  networksAdvanced: [{ name: "network-1" }, { name: "ollama-network-1" }],
  restart: "unless-stopped",
  stopTimeout: 60,
  destroyGraceSeconds: 60,
};

const declareGateway = (change: Partial<GatewayContainerArgs> = {}) =>
  declare((options) => new GatewayContainer("gateway", { ...args, ...change }, options));

describe("GatewayContainer", () => {
  it("declares a network with a way out, a volume, their owner, the container and its limit of processes", async () => {
    const { resources } = await declareGateway();
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command gateway-owner",
      "command:local:Command gateway-pids",
      `${container} gateway-container`,
      "docker:index/network:Network gateway-network",
      "docker:index/volume:Volume gateway-volume",
      "gemma:index:GatewayContainer gateway",
    ]);
    expect(named(resources, "gateway-network").inputs).toEqual({});
    expect(named(resources, "gateway-volume").inputs).toEqual({});
  });

  it("passes exactly these inputs", async () => {
    const { resources } = await declareGateway();
    expect(only(resources, container).inputs).toEqual(inputs);
  });

  it.each<readonly [string, Partial<GatewayContainerArgs>, object]>([
    ["another limit of memory", { memory: 512 }, { memory: 512, memorySwap: 512 }],
    ["any free port", { port: 0 }, { ports: [{ internal: 8080, ip: "127.0.0.1" }] }],
    ["another address", { address: "::" }, { ports: [{ internal: 8080, ip: "::", external: 11434 }] }],
    ["another policy", { restart: "always" }, { restart: "always" }],
    ["TLS", { tls: true }, {}],
  ])("passes the same inputs for %s but for what it says", async (_, change, changed) => {
    const { resources } = await declareGateway(change);
    expect(only(resources, container).inputs).toEqual({ ...inputs, ...changed });
  });

  it("has no limit of CPUs at 0", async () => {
    const { resources } = await declareGateway({ cpus: 0 });
    const { cpus, ...unlimited } = inputs;
    expect(cpus).toBe("1.0");
    expect(only(resources, container).inputs).toEqual(unlimited);
  });

  it("gives its volume to its own user, before the container starts", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "gateway-owner"))).toEqual({
      volume: "volume-1",
      image: "sha256:caddy",
      userId: 10002,
    });
  });

  it("limits the processes of the container", async () => {
    const { resources } = await declareGateway();
    expect(stdinOf(named(resources, "gateway-pids"))).toEqual({ container: "gateway-container-id", limit: 256 });
  });

  it("is removed before another takes its port", async () => {
    const { options } = await declareGateway();
    expect(options[`${container} gateway-container`]).toEqual({
      dependsOn: ["Command"],
      deleteBeforeReplace: true,
      replaceOnChanges: ["healthcheck"],
      parent: "GatewayContainer",
    });
  });

  it.each([
    [{}, "http://127.0.0.1:11434"],
    [{ tls: true, address: "0.0.0.0" }, "https://127.0.0.1:11434"],
    [{ tls: true, port: 0 }, "https://127.0.0.1:49153"],
  ])("with %j is reached at %s, and gives ID and name", async (change, url) => {
    const { result } = await declareGateway(change);
    expect(await Promise.all([result.url, result.containerId, result.containerName].map(valueOf))).toEqual([
      url,
      "gateway-container-id",
      "container-1",
    ]);
  });
});
