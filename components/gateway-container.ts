import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { socketFolder } from "../gateway/caddy-parts.ts";
import { healthPort } from "../gateway/door-config.ts";
import { entryPort } from "../gateway/door-server.ts";
import { dataFolder, environmentOf, startCommand } from "../gateway/processes.ts";
import { cpuArgs } from "./cpu.ts";
import { hardeningArgs } from "./hardening.ts";
import { healthCheckArgs } from "./health-check.ts";
import { logArgs, type LogRotation } from "./log-rotation.ts";
import { memoryArgs } from "./memory.ts";
import { networkOf } from "./network.ts";
import { limitPids } from "./pids-limit.ts";
import { portArgs, publishedUrl, type Publication } from "./published-port.ts";
import { ownVolume } from "./volume-owner.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments of {@link GatewayContainer}. */
export interface GatewayContainerArgs extends Publication {
  /** ID of Caddy's image. */
  readonly imageId: pulumi.Input<string>;
  /** Network of the server, which has no way out. */
  readonly networkName: pulumi.Input<string>;
  /** Subnet of its own network; undefined for Docker's choice. */
  readonly subnet: string | undefined;
  /** Memory limit, MiB. */
  readonly memory: number;
  /** CPU limit, 0 for none. */
  readonly cpus: number;
  readonly tls: boolean;
  readonly restart: StackConfig["restart"];
  readonly logging: LogRotation;
}

/** User and group ID of the gateway. */
const userId = 10002;

/** Processes and threads; Caddy is three processes. */
const mostProcesses = 256;

/** Time that running answers have when it is stopped, seconds. */
const stopSeconds = 60;

/** Caddy in front of the server, the only one that is published; it has no configuration until {@link GatewayConfiguration} gives it one. */
export class GatewayContainer extends pulumi.ComponentResource {
  /** Base URL for clients on this host. */
  public readonly url: pulumi.Output<string>;
  public readonly containerId: pulumi.Output<string>;
  public readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: GatewayContainerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:GatewayContainer", name, {}, opts);
    const childOptions = { parent: this };
    const { args: networkArgs, options } = networkOf({ subnet: args.subnet });
    const network = new docker.Network(`${name}-network`, networkArgs, { ...childOptions, ...options });
    const volume = new docker.Volume(`${name}-volume`, {}, childOptions);
    const input = { volume: volume.name, image: args.imageId, userId };
    const owned = ownVolume(name, input, childOptions);
    const container = new docker.Container(
      `${name}-container`,
      containerArgs(args, { networks: [network.name, args.networkName], volume: volume.name }),
      // Two could not publish one port.
      { ...childOptions, dependsOn: owned, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck"] },
    );
    limitPids(name, { container: container.id, limit: mostProcesses }, childOptions);
    this.url = publishedUrl(args.tls ? "https" : "http", args.address, container);
    this.containerId = container.id;
    this.containerName = container.name;
    this.registerOutputs({ url: this.url, containerId: this.containerId, containerName: this.containerName });
  }
}

function containerArgs(
  args: GatewayContainerArgs,
  { networks, volume }: { networks: pulumi.Input<string>[]; volume: pulumi.Input<string> },
): docker.ContainerArgs {
  return {
    image: args.imageId,
    command: [...startCommand],
    envs: [...environmentOf("door"), `HOME=${socketFolder}`, `XDG_DATA_HOME=${dataFolder}/data`].sort(),
    ...memoryArgs({ memory: args.memory, memoryReservation: 0, shmSize: 64 }),
    // Twice the server's weight: it has little to do, and all answers wait for it.
    ...cpuArgs({ cpus: args.cpus, cpuShares: 2048 }),
    // In the container alone, so it says nothing of the server behind it.
    ...healthCheckArgs(["wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${healthPort}/`]),
    // The official image's program has this capability as a file's own, and does not start where it cannot have it.
    ...hardeningArgs({ userId, scratch: { [socketFolder]: 16 }, capabilities: ["CAP_NET_BIND_SERVICE"] }),
    ...logArgs(args.logging),
    ...portArgs(args, entryPort),
    volumes: [{ volumeName: volume, containerPath: dataFolder }],
    networksAdvanced: networks.map((name) => ({ name })),
    restart: args.restart,
    stopTimeout: stopSeconds,
    destroyGraceSeconds: stopSeconds,
  };
}
