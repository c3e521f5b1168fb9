import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { edgeAlias, edgeFolder, edgePort, insidePort, startCommand } from "../edge/layout.ts";
import type { EdgePolicy } from "../edge/policy.ts";
import type { EdgeSettings } from "../edge/settings.ts";
import { edgeUser } from "../engine/edge-files.ts";
import { cpuArgs } from "./cpu.ts";
import type { EdgeTls } from "../gateway/edge-tls.ts";
import { hardeningArgs } from "./hardening.ts";
import { healthCheckArgs } from "./health-check.ts";
import { logArgs } from "./log-rotation.ts";
import { memoryArgs } from "./memory.ts";
import { networkOf } from "./network.ts";
import { limitPids } from "./pids-limit.ts";
import { programCommand, type CommandInput } from "./program-command.ts";
import { portArgs, publishedUrl, type Publication } from "./published-port.ts";
import { ownVolume } from "./volume-owner.ts";
import type { StackConfig } from "../config/schema.ts";

/** What {@link EdgeContainer} sends. */
export interface PrepareEdgeInput {
  readonly volume: string;
  /** ID of HAProxy's image. */
  readonly image: string;
  /** Network of the server, on which a gateway of an earlier version may be. */
  readonly network: string;
  readonly settings: EdgeSettings;
  readonly policy: EdgePolicy;
  readonly tls: EdgeTls;
  /** How long that gateway may take to finish its answers, seconds. */
  readonly drainTimeout: number;
}

/** Arguments of {@link EdgeContainer}; those of the configuration are described there. */
export interface EdgeContainerArgs extends Publication, Pick<StackConfig, "logging" | "restart"> {
  /** ID of HAProxy's image. */
  readonly imageId: pulumi.Input<string>;
  /** Network of the server, which has no way out. */
  readonly networkName: pulumi.Input<string>;
  /** Subnet of its own network; undefined for Docker's choice. */
  readonly subnet: string | undefined;
  /** Memory limit, MiB. */
  readonly memory: number;
  /** CPU limit, 0 for none. */
  readonly cpus: number;
  /** What it starts with. */
  readonly settings: Omit<EdgeSettings, "tls">;
  /** Whom it knows as it starts; secret, as it has hashes of tokens. */
  readonly policy: pulumi.Input<EdgePolicy>;
  /** The key of its own authority's certificate is secret. */
  readonly tls: CommandInput<EdgeTls> & Pick<EdgeTls, "mode">;
  /** How long a gateway of an earlier version may take to finish its answers, seconds. */
  readonly drainTimeout: number;
}

/** Processes; each worker is one thread, and those from before a reload stay as long as their answers. */
const mostProcesses = 256;

/** Time that running answers have when it is stopped, seconds. */
const stopSeconds = 60;

/** Leaves its own network without a way out, while a port can still be published from it. */
const noWayOut = { "com.docker.network.bridge.enable_ip_masquerade": "false" };

/** HAProxy in front of the server, the only one that is published; requests wait until it is told of a server. */
export class EdgeContainer extends pulumi.ComponentResource {
  /** Base URL for clients on this host. */
  public readonly url: pulumi.Output<string>;
  public readonly containerId: pulumi.Output<string>;
  public readonly containerName: pulumi.Output<string>;
  /** Name of its own network, on which other containers reach it as {@link edgeAlias}. */
  public readonly networkName: pulumi.Output<string>;

  constructor(name: string, args: EdgeContainerArgs, opts?: pulumi.ComponentResourceOptions) {
    // What an earlier version had here takes the same port, so this one takes its place.
    const aliases = [{ type: "gemma:index:GatewayContainer" }];
    super("gemma:index:EdgeContainer", name, {}, pulumi.mergeOptions(opts, { aliases }));
    const parent = { parent: this };
    const { args: networkArgs, options } = networkOf({ subnet: args.subnet });
    const network = new docker.Network(
      `${name}-network`,
      { ...networkArgs, options: noWayOut },
      { ...parent, ...options },
    );
    const volume = new docker.Volume(`${name}-edge`, {}, parent);
    const place = { volume: volume.name, image: args.imageId };
    const owned = ownVolume(name, { ...place, userId: edgeUser }, parent);
    const { policy, tls, drainTimeout } = args;
    const settings = { ...args.settings, tls: tls.mode !== "none" };
    const filled = programCommand<PrepareEdgeInput>(
      `${name}-files`,
      {
        script: "prepare-edge.ts",
        input: { ...place, network: args.networkName, settings, policy, tls: pulumi.output(tls), drainTimeout },
      },
      { ...parent, dependsOn: owned },
    );
    const container = new docker.Container(
      `${name}-container`,
      containerArgs(args, { own: network.name, volume: volume.name }),
      // Two could not publish one port.
      { ...parent, dependsOn: filled, deleteBeforeReplace: true, replaceOnChanges: ["healthcheck"] },
    );
    limitPids(name, { container: container.id, limit: mostProcesses }, parent);
    this.url = publishedUrl(settings.tls ? "https" : "http", args.address, container);
    this.containerId = container.id;
    this.containerName = container.name;
    this.networkName = network.name;
    this.registerOutputs({
      url: this.url,
      containerId: this.containerId,
      containerName: this.containerName,
      networkName: this.networkName,
    });
  }
}

function containerArgs(
  args: EdgeContainerArgs,
  { own, volume }: { own: pulumi.Input<string>; volume: pulumi.Input<string> },
): docker.ContainerArgs {
  return {
    image: args.imageId,
    command: [...startCommand],
    ...memoryArgs({ memory: args.memory, memoryReservation: 0, shmSize: 64 }),
    // Twice the server's weight: it has little to do, and all answers wait for it.
    ...cpuArgs({ cpus: args.cpus, cpuShares: 2048 }),
    // In the container alone, so it says nothing of the server behind it.
    ...healthCheckArgs(["wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${insidePort}/healthz`]),
    ...hardeningArgs({ userId: edgeUser, scratch: { "/tmp": 16 } }),
    ...logArgs(args.logging),
    ...portArgs(args, edgePort),
    volumes: [{ volumeName: volume, containerPath: edgeFolder }],
    networksAdvanced: [{ name: own, aliases: [edgeAlias] }, { name: args.networkName }],
    restart: args.restart,
    // With which it lets answers end.
    stopSignal: "SIGUSR1",
    stopTimeout: stopSeconds,
    destroyGraceSeconds: stopSeconds,
  };
}
