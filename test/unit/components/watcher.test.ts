import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { bundledVersion } from "../../../components/bundled-version.ts";
import { Watcher, type WatcherArgs } from "../../../components/watcher.ts";
import { programImageName } from "../../../docker/identity.ts";
import { declare, named, only, stdinOf } from "../support/pulumi-mocks.ts";

const container = "docker:index/container:Container";

const args = (change: Partial<WatcherArgs> = {}): WatcherArgs => ({
  service: {
    containerId: pulumi.output("server-id"),
    containerName: pulumi.output("ollama-container-1"),
    networkName: pulumi.output("ollama-network-1"),
  },
  gateway: { figures: "usher-1:9465", containers: { usher: "usher-id", gateway: "gateway-id" } },
  models: [{ name: "a:1", embeds: false, preload: true }],
  gpu: false,
  watcher: {
    enabled: true,
    image: "node:24@sha256:1",
    memory: 128,
    interval: 10,
    generationInterval: 60,
    timeout: 120,
    maxActions: 3,
  },
  restart: "unless-stopped",
  logging: { maxSize: 10, maxFile: 3 },
  ...change,
});

const declareWatcher = (change: Partial<WatcherArgs> = {}) =>
  declare((options) => new Watcher("watcher", args(change), options));

const settings = {
  server: "ollama-container-1:11434",
  usher: "usher-1:9465",
  containers: [
    { name: "server", id: "server-id" },
    { name: "usher", id: "usher-id" },
    { name: "gateway", id: "gateway-id" },
  ],
  models: [{ name: "a:1", embeds: false, preload: true }],
  gpu: false,
  startsAgain: true,
  interval: 10,
  generationInterval: 60,
  timeout: 120,
  maxActions: 3,
};

async function settingsWith(change: Partial<WatcherArgs>): Promise<unknown> {
  const { resources } = await declareWatcher(change);
  const [variable = ""] = only(resources, container).inputs["envs"] as string[];
  return JSON.parse(variable.slice("WATCHER_SETTINGS=".length));
}

describe("Watcher", () => {
  it("declares its image, its container and the limit of its processes, and nothing else", async () => {
    const { resources } = await declareWatcher();
    expect(resources.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "command:local:Command watcher-build",
      "command:local:Command watcher-pids",
      `${container} watcher-container`,
      "gemma:index:Watcher watcher",
      "gemma:index:WatcherImage watcher",
    ]);
    expect(stdinOf(named(resources, "watcher-pids"))).toEqual({ container: "watcher-container-id", limit: 64 });
    const code = bundledVersion("watcher");
    const baseImage = "node:24@sha256:1";
    const image = programImageName("watcher", { image: baseImage, code });
    expect(stdinOf(named(resources, "watcher-build"))).toEqual({ image, baseImage, code });
  });

  it("sees the host's processes as the server's user without any capability, and has no socket of the engine", async () => {
    const { resources } = await declareWatcher();
    const { image, envs, ...inputs } = only(resources, container).inputs;
    expect([typeof image, (envs as unknown[]).length]).toEqual(["string", 1]);
    expect(inputs).toEqual({
      command: ["serve"],
      memory: 128,
      memorySwap: 128,
      shmSize: 64,
      cpus: "1.0",
      cpuShares: 1024,
      healthcheck: {
        tests: ["CMD", "node", "/watcher/watcher.mjs", "health"],
        interval: "30s",
        timeout: "10s",
        startPeriod: "1m0s",
        retries: 3,
      },
      user: "10001:10001",
      readOnly: true,
      tmpfs: { "/tmp": "mode=0700,uid=10001,gid=10001,size=16m,noexec,nosuid,nodev" },
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true", "label=disable"],
      pidMode: "host",
      mounts: [{ type: "bind", source: "/sys/fs/cgroup", target: "/host/cgroup", readOnly: true }],
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      networksAdvanced: [{ name: "ollama-network-1", aliases: ["watcher"] }],
      restart: "unless-stopped",
    });
  });

  it("is told what it looks after", async () => {
    expect(await settingsWith({})).toEqual(settings);
    expect(await settingsWith({ gateway: undefined, gpu: true, restart: "no" })).toEqual({
      ...settings,
      usher: null,
      containers: settings.containers.slice(0, 1),
      gpu: true,
      startsAgain: false,
    });
  });
});
