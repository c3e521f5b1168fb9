import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { programIn, serveCommand } from "../docker/program-image.ts";
import { ollamaPort } from "../ollama/server.ts";
import type { Settings } from "../usher/settings.ts";
import { cpuArgs } from "./cpu.ts";
import { hardeningArgs } from "./hardening.ts";
import { healthCheckArgs } from "./health-check.ts";
import { logArgs } from "./log-rotation.ts";
import { memoryArgs } from "./memory.ts";
import type { OllamaService } from "./ollama-service.ts";
import { limitPids } from "./pids-limit.ts";
import { programCommand } from "./program-command.ts";
import { ownVolume } from "./volume-owner.ts";
import type { StackConfig } from "../config/schema.ts";

/** What {@link Usher} sends; there is no secret in it. */
export interface ConfigureUsherInput {
  /** ID of the usher's container. */
  readonly container: string;
  readonly settings: Settings;
}

/** Arguments of {@link Usher}; those of the configuration are described there. */
export interface UsherArgs extends Pick<StackConfig, "logging" | "restart"> {
  /** ID of the usher's image. */
  readonly imageId: pulumi.Input<string>;
  /** The server that it stands beside, on a network with no way out. */
  readonly server: Pick<OllamaService, "containerId" | "containerName" | "networkName">;
  /** Memory limit, MiB. */
  readonly memory: number;
  /** CPU limit, 0 for none. */
  readonly cpus: number;
  /** What it goes by, but for the server. */
  readonly settings: Omit<Settings, "upstream">;
}

/** User and group ID of the usher. */
const userId = 10003;

/** Port of its figures. */
const figuresPort = 9465;

/** Folder with the settings, as its image knows it. */
const dataFolder = "/var/lib/usher";

/** Processes and threads: Node has a dozen, and so has each of its commands that runs beside it. */
const mostProcesses = 128;

/** Time beyond that of running answers in which it ends by itself, seconds. */
const farewell = 10;

/**
 * The usher beside a server, which goes with it: another server, or another version of its code, gets an usher of its own
 * beside the one before, whose settings stay what they are until it has gone.
 *
 * Whoever depends on it waits until it has its settings.
 */
export class Usher extends pulumi.ComponentResource {
  /** ID of the container; another one after every replacement. */
  public readonly containerId: pulumi.Output<string>;
  /** Name of the container, by which the edge finds it. */
  public readonly containerName: pulumi.Output<string>;
  /** `host:port` of its figures. */
  public readonly figures: pulumi.Output<string>;

  constructor(name: string, args: UsherArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Usher", name, {}, opts);
    const parent = { parent: this };
    // The provider would delete the old one first; the engine's own order starts the new one beside it.
    const beside = { ...parent, deleteBeforeReplace: false };
    const generation = pulumi.all([args.server.containerId, args.imageId]);
    const volume = new docker.Volume(`${name}-volume`, {}, { ...beside, replacementTrigger: generation });
    const owned = ownVolume(name, { volume: volume.name, image: args.imageId, userId }, parent);
    const container = new docker.Container(`${name}-container`, containerArgs(args, volume.name), {
      ...beside,
      dependsOn: owned,
      replaceOnChanges: ["healthcheck"],
    });
    limitPids(name, { container: container.id, limit: mostProcesses }, parent);
    const settings = args.server.containerName.apply((server): Settings => ({
      upstream: `${server}:${ollamaPort}`,
      ...args.settings,
    }));
    programCommand<ConfigureUsherInput>(
      `${name}-settings`,
      { script: "configure-usher.ts", input: { container: container.id, settings } },
      parent,
    );
    this.containerId = container.id;
    this.containerName = container.name;
    this.figures = pulumi.interpolate`${container.name}:${figuresPort}`;
    this.registerOutputs({ containerId: this.containerId, containerName: this.containerName });
  }
}

function containerArgs(args: UsherArgs, volumeName: pulumi.Input<string>): docker.ContainerArgs {
  const stopSeconds = Math.ceil(args.settings.drainTimeout) + farewell;
  return {
    image: args.imageId,
    command: [serveCommand],
    ...memoryArgs({ memory: args.memory, memoryReservation: 0, shmSize: 64 }),
    // Twice the server's weight: it has little to do, and all answers wait for it.
    ...cpuArgs({ cpus: args.cpus, cpuShares: 2048 }),
    ...healthCheckArgs([...programIn("usher"), "health"]),
    ...hardeningArgs({ userId, scratch: { "/tmp": 16 } }),
    ...logArgs(args.logging),
    // Not in memory: a restart would lose the settings, and nobody would send them again.
    volumes: [{ volumeName, containerPath: dataFolder }],
    networksAdvanced: [{ name: args.server.networkName, aliases: ["usher"] }],
    restart: args.restart,
    stopTimeout: stopSeconds,
    destroyGraceSeconds: stopSeconds,
  };
}
