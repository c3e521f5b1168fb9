import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { codeEnvironment } from "../../../components/program-command.ts";
import { Usher, type UsherArgs } from "../../../components/usher.ts";
import { declare, named, only, stdinOf, valueOf } from "../support/pulumi-mocks.ts";

const container = "docker:index/container:Container";

const settings: UsherArgs["settings"] = {
  maxBody: 1024 * 1024,
  readTimeout: 60,
  requestTimeout: 3600,
  holdTimeout: 0.1,
  drainTimeout: 30.5,
  reload: "drop",
  models: ["gemma3n:e4b"],
  kept: [],
  clients: [{ name: "web", models: null, maxTokens: 1024, allowReload: false }],
};

const args = (): UsherArgs => ({
  imageId: "sha256:usher",
  server: {
    containerId: pulumi.output("ollama-container-id"),
    containerName: pulumi.output("ollama-container-1"),
    networkName: pulumi.output("ollama-network-1"),
  },
  memory: 512,
  cpus: 1,
  settings,
  restart: "unless-stopped",
  logging: { maxSize: 10, maxFile: 3 },
});

const inputs = {
  image: "sha256:usher",
  command: ["serve"],
  memory: 512,
  memorySwap: 512,
  shmSize: 64,
  cpus: "1.0",
  cpuShares: 2048,
  healthcheck: {
    tests: ["CMD", "node", "/usher/usher.mjs", "health"],
    interval: "30s",
    timeout: "10s",
    startPeriod: "1m0s",
    retries: 3,
  },
  user: "10003:10003",
  readOnly: true,
  tmpfs: { "/tmp": "mode=0700,uid=10003,gid=10003,size=16m,noexec,nosuid,nodev" },
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
  volumes: [{ volumeName: "volume-1", containerPath: "/var/lib/usher" }],
  networksAdvanced: [{ name: "ollama-network-1", aliases: ["usher"] }],
  restart: "unless-stopped",
  stopTimeout: 41,
  destroyGraceSeconds: 41,
};

const declareUsher = (change: Partial<UsherArgs> = {}) =>
  declare((options) => new Usher("usher", { ...args(), ...change }, options));

describe("Usher", () => {
  it("declares a volume, its owner, the container, its limit of processes and its settings", async () => {
    const { resources } = await declareUsher();
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command usher-owner",
      "command:local:Command usher-pids",
      "command:local:Command usher-settings",
      `${container} usher-container`,
      "docker:index/volume:Volume usher-volume",
      "gemma:index:Usher usher",
    ]);
    expect(named(resources, "usher-volume").inputs).toEqual({});
  });

  it("passes exactly these inputs", async () => {
    const { resources } = await declareUsher();
    expect(only(resources, container).inputs).toEqual(inputs);
  });

  it.each<readonly [string, Partial<UsherArgs>, object]>([
    ["another limit of memory", { memory: 1024 }, { memory: 1024, memorySwap: 1024 }],
    ["another policy", { restart: "always" }, { restart: "always" }],
    [
      "other answers' time",
      { settings: { ...settings, drainTimeout: 300 } },
      { stopTimeout: 310, destroyGraceSeconds: 310 },
    ],
  ])("passes the same inputs for %s but for what it says", async (_, change, changed) => {
    const { resources } = await declareUsher(change);
    expect(only(resources, container).inputs).toEqual({ ...inputs, ...changed });
  });

  it("has no limit of CPUs at 0", async () => {
    const { resources } = await declareUsher({ cpus: 0 });
    const { cpus, ...unlimited } = inputs;
    expect(cpus).toBe("1.0");
    expect(only(resources, container).inputs).toEqual(unlimited);
  });

  it("gives its volume to its own user, before the container starts", async () => {
    const { resources } = await declareUsher();
    expect(stdinOf(named(resources, "usher-owner"))).toEqual({
      volume: "volume-1",
      image: "sha256:usher",
      userId: 10003,
    });
  });

  it("limits the processes of the container", async () => {
    const { resources } = await declareUsher();
    expect(stdinOf(named(resources, "usher-pids"))).toEqual({ container: "usher-container-id", limit: 128 });
  });

  it("has another volume, and with it another container beside the one before, for another server or image", async () => {
    const { options } = await declareUsher();
    expect(options["docker:index/volume:Volume usher-volume"]).toEqual({
      deleteBeforeReplace: false,
      replacementTrigger: ["ollama-container-id", "sha256:usher"],
      parent: "Usher",
    });
    expect(options[`${container} usher-container`]).toEqual({
      dependsOn: ["Command"],
      deleteBeforeReplace: false,
      replaceOnChanges: ["healthcheck"],
      parent: "Usher",
    });
  });

  it("is told its settings with the server that it stands beside", async () => {
    const { resources } = await declareUsher();
    const { inputs: command } = named(resources, "usher-settings");
    expect([command["create"], command["environment"]]).toEqual([
      "node --use-system-ca --use-env-proxy commands/configure-usher.ts",
      codeEnvironment("configure-usher.ts"),
    ]);
    expect(stdinOf(named(resources, "usher-settings"))).toEqual({
      container: "usher-container-id",
      settings: { ...settings, upstream: "ollama-container-1:11434" },
    });
  });

  it("gives the container's ID and name", async () => {
    const { result } = await declareUsher();
    expect([await valueOf(result.containerId), await valueOf(result.containerName)]).toEqual([
      "usher-container-id",
      "container-1",
    ]);
  });
});
