import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { MonitoringImage } from "../docker/monitoring-images.ts";
import { dataFolder, filesFolder, monitoringUser } from "../monitoring/layout.ts";
import { FilledVolume } from "./filled-volume.ts";
import { cpuArgs } from "./cpu.ts";
import { hardeningArgs } from "./hardening.ts";
import { logArgs } from "./log-rotation.ts";
import { memoryArgs } from "./memory.ts";
import { environmentArgs } from "./ollama-env.ts";
import { limitPids } from "./pids-limit.ts";
import { portArgs } from "./published-port.ts";
import { TaggedImage } from "./tagged-image.ts";
import { ownVolume } from "./volume-owner.ts";
import type { StackConfig } from "../config/schema.ts";

/** Arguments of {@link MonitoringPart}; those of the configuration are described there. */
export interface MonitoringPartArgs extends Pick<StackConfig, "logging" | "restart"> {
  readonly image: MonitoringImage;
  /** Program and arguments, in place of those of the image. */
  readonly entrypoint: readonly string[];
  /** Memory limit, MiB. */
  readonly memory: number;
  /** Names of its networks: the monitoring's first, on which it goes by the name of its part. */
  readonly networks: readonly pulumi.Input<string>[];
  /** Contents of the files that it reads, by name. */
  readonly files?: pulumi.Input<Record<string, string>>;
  /**
   * Folders in which it finds them.
   * @default - {@link filesFolder}
   */
  readonly filesAt?: readonly string[];
  /** ID of an image with a shell, which brings the files and owns the volumes. */
  readonly shellImage: pulumi.Input<string>;
  /** Whether it has a volume for what it writes. */
  readonly data?: boolean;
  /** Port on loopback, and the one in the container that it leads to. */
  readonly published?: { readonly port: number; readonly internal: number };
  /** Environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What only this part is given. */
  readonly further?: Partial<Pick<docker.ContainerArgs, "mounts" | "volumes" | "deviceRequests">>;
  /**
   * Folders in memory that it may write to, with their size in MiB.
   * @default - `/tmp`
   */
  readonly scratch?: Readonly<Record<string, number>>;
}

/** Processes and threads: Go programs have one for each CPU and some. */
const mostProcesses = 256;

/** One container of the monitoring: whatever becomes of it, the service goes on. */
export class MonitoringPart extends pulumi.ComponentResource {
  public readonly container: docker.Container;

  constructor(name: string, args: MonitoringPartArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:MonitoringPart", name, {}, opts);
    const parent = { parent: this };
    const { image, localName, key } = args.image;
    const { filesAt = [filesFolder] } = args;
    const { imageId } = new TaggedImage(name, { image, localName, key }, parent);
    const owner = { image: args.shellImage, userId: monitoringUser };
    const filled = args.files && new FilledVolume(name, { ...owner, files: args.files }, parent);
    const data = args.data === true ? new docker.Volume(`${name}-data`, {}, parent) : undefined;
    const owned = data && ownVolume(`${name}-data`, { volume: data.name, ...owner }, parent);
    const [own = "", ...others] = args.networks;
    this.container = new docker.Container(
      `${name}-container`,
      {
        image: imageId,
        entrypoints: [...args.entrypoint],
        // Go's programs collect what they have let go before the kernel ends them.
        ...environmentArgs({ GOMEMLIMIT: `${Math.floor(args.memory * 0.9)}MiB`, ...args.environment }),
        ...memoryArgs({ memory: args.memory, memoryReservation: 0, shmSize: 64 }),
        // A tenth of the server's weight: answers come first.
        ...cpuArgs({ cpus: 1, cpuShares: 102 }),
        ...hardeningArgs({ userId: monitoringUser, scratch: args.scratch ?? { "/tmp": 16 } }),
        ...logArgs(args.logging),
        ...(args.published
          ? portArgs({ address: "127.0.0.1", port: args.published.port }, args.published.internal)
          : {}),
        ...args.further,
        volumes: [
          ...(filled
            ? filesAt.map((containerPath) => ({ volumeName: filled.volumeName, containerPath, readOnly: true }))
            : []),
          ...(data ? [{ volumeName: data.name, containerPath: dataFolder }] : []),
          ...((args.further?.volumes as docker.types.input.ContainerVolume[] | undefined) ?? []),
        ],
        networksAdvanced: [{ name: own, aliases: [args.image.part] }, ...others.map((network) => ({ name: network }))],
        restart: args.restart,
      },
      {
        ...parent,
        // Two could not publish one port, nor write one folder.
        deleteBeforeReplace: true,
        dependsOn: [...(filled ? [filled] : []), ...(owned ? [owned] : [])],
        ...(filled ? { replacementTrigger: filled.contentHash } : {}),
      },
    );
    limitPids(name, { container: this.container.id, limit: mostProcesses }, parent);
    this.registerOutputs({});
  }
}
