import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { programIn, serveCommand } from "../docker/program-image.ts";
import { ollamaPort, ollamaUserId } from "../ollama/server.ts";
import { settingsVariable, type Settings } from "../watcher/settings.ts";
import { cpuArgs } from "./cpu.ts";
import { hardeningArgs } from "./hardening.ts";
import { healthCheckArgs } from "./health-check.ts";
import { logArgs } from "./log-rotation.ts";
import { memoryArgs } from "./memory.ts";
import type { OllamaService } from "./ollama-service.ts";
import { limitPids } from "./pids-limit.ts";
import { WatcherImage } from "./watcher-image.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments of {@link Watcher}; those of the configuration are described there. */
export interface WatcherArgs extends Pick<StackConfig, "watcher" | "logging" | "restart"> {
  /** The server that it looks after. */
  readonly service: Pick<OllamaService, "containerId" | "containerName" | "networkName">;
  /** `host:port` of the usher's figures, and the other containers of the stack; undefined without a gateway. */
  readonly gateway:
    | { readonly figures: pulumi.Input<string>; readonly containers: Readonly<Record<string, pulumi.Input<string>>> }
    | undefined;
  readonly models: Settings["models"];
  /** Whether the models are to lie on a GPU. */
  readonly gpu: boolean;
}

/** Processes and threads of Node. */
const mostProcesses = 64;

/** Where the watcher finds the host's control groups. */
const controlGroups = "/host/cgroup";

/**
 * What looks after the server, without the engine's socket: it sees the host's processes, and may end those of the
 * server's user alone.
 */
export class Watcher extends pulumi.ComponentResource {
  constructor(name: string, args: WatcherArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Watcher", name, {}, opts);
    const parent = { parent: this };
    const { imageId } = new WatcherImage(name, { baseImage: args.watcher.image }, parent);
    const container = new docker.Container(`${name}-container`, containerArgs(args, imageId), {
      ...parent,
      replaceOnChanges: ["healthcheck"],
    });
    limitPids(name, { container: container.id, limit: mostProcesses }, parent);
    this.registerOutputs({});
  }
}

function containerArgs(args: WatcherArgs, imageId: pulumi.Input<string>): docker.ContainerArgs {
  return {
    image: imageId,
    command: [serveCommand],
    envs: [pulumi.interpolate`${settingsVariable}=${pulumi.jsonStringify(settingsOf(args))}`],
    ...memoryArgs({ memory: args.watcher.memory, memoryReservation: 0, shmSize: 64 }),
    // The server's weight: what notices that CPUs are short has to get some.
    ...cpuArgs({ cpus: 1, cpuShares: 1024 }),
    ...healthCheckArgs([...programIn("watcher"), "health"]),
    // The server's user, so that it may end the server's processes without a capability.
    ...hardeningArgs({ userId: ollamaUserId, scratch: { "/tmp": 16 } }),
    ...logArgs(args.logging),
    pidMode: "host",
    // Docker adds the label by itself to containers that see the host's processes, and reports it.
    securityOpts: ["no-new-privileges:true", "label=disable"],
    mounts: [{ type: "bind", source: "/sys/fs/cgroup", target: controlGroups, readOnly: true }],
    networksAdvanced: [{ name: args.service.networkName, aliases: ["watcher"] }],
    restart: args.restart,
  };
}

function settingsOf({ service, gateway, models, gpu, watcher, restart }: WatcherArgs): pulumi.Output<Settings> {
  const containers = pulumi.output({ server: service.containerId, ...gateway?.containers });
  const usher = pulumi.output(gateway?.figures ?? null);
  return pulumi.all([service.containerName, containers, usher]).apply(([server, ids, figures]) => ({
    server: `${server}:${ollamaPort}`,
    usher: figures,
    containers: Object.entries(ids).map(([name, id]) => ({ name, id })),
    models,
    gpu,
    startsAgain: restart !== "no",
    interval: watcher.interval,
    generationInterval: watcher.generationInterval,
    timeout: watcher.timeout,
    maxActions: watcher.maxActions,
  }));
}
