import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { cpuArgs } from "./cpu.ts";
import { gpuArgs } from "./gpu.ts";
import { healthCheckArgs } from "./health-check.ts";
import { logArgs } from "./log-rotation.ts";
import { memoryArgs, type MemoryLimits } from "./memory.ts";
import { environmentArgs } from "./ollama-env.ts";
import { homePath, modelsPath, ollamaPort, ollamaUserId } from "../ollama/server.ts";
import { hardeningArgs } from "./hardening.ts";
import { networkOf } from "./network.ts";
import { limitPids } from "./pids-limit.ts";
import { portArgs, publishedUrl, type Publication } from "./published-port.ts";
import type { StackConfig } from "../config/schema.ts";

/** How a changed container takes the place of the running one. */
export type Replacement = "recreate" | "start-first";

/** Arguments of {@link OllamaService}; those of the configuration are described there. */
export interface OllamaServiceArgs
  extends MemoryLimits, Publication, Pick<StackConfig, "cpus" | "gpus" | "logging" | "network" | "restart"> {
  /** ID of the image to run. */
  readonly imageId: pulumi.Input<string>;
  /**
   * Volume with the model store.
   * @default - none; the models are in the image
   */
  readonly volumeName?: pulumi.Input<string> | undefined;
  /**
   * Whether the server may only read that volume.
   * @default false
   */
  readonly volumeReadOnly?: boolean;
  /** Environment of the server. */
  readonly environment: Readonly<Record<string, string>>;
  readonly replacement: Replacement;
  /**
   * Shown in the plan when a container is to be made.
   * @default - nothing
   */
  readonly notice?: string | undefined;
}

/** Processes and threads of the server: a runner takes some for every CPU, and more for GPUs. */
const mostProcesses = 4096;

/** Room in memory for temporary files and what the server keeps at home, MiB; it counts as the container's memory. */
const scratch = { "/tmp": 64, [homePath]: 16 };

/** Weight against other containers when CPUs are short; what Docker takes where none is written. */
const dockersOwnShares = 1024;

/** Time a stopping server gets before it is killed, seconds. */
const stopSeconds = 30;

/** The Ollama server: its container, in a network of its own. */
export class OllamaService extends pulumi.ComponentResource {
  /** Base URL for clients on this host. */
  public readonly url: pulumi.Output<string>;
  /** The same when a port is published; null when the server is reached at its container's own address, which changes. */
  public readonly publishedUrl: pulumi.Output<string | null>;
  /** Name of the container's network. */
  public readonly networkName: pulumi.Output<string>;
  /** ID of the container; another one after every replacement. */
  public readonly containerId: pulumi.Output<string>;
  /** Name of the container. */
  public readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: OllamaServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:OllamaService", name, {}, opts);
    const { args: networkArgs, options } = networkOf(args.network);
    const network = new docker.Network(`${name}-network`, networkArgs, { parent: this, ...options });
    const container = new docker.Container(`${name}-container`, containerArgs(args, network.name), {
      parent: this,
      // The provider would delete the old container first; the engine's own order starts the new one beside it.
      deleteBeforeReplace: args.replacement === "recreate",
      // Docker cannot change these in place, and the provider reports an update without doing anything (kreuzwerker/terraform-provider-docker#988).
      replaceOnChanges: ["healthcheck"],
      ...(args.notice === undefined ? {} : { hooks: { beforeCreate: [planNotice(name, args.notice)] } }),
    });
    limitPids(name, { container: container.id, limit: mostProcesses }, { parent: this });
    const published = publishedUrl("http", args.address, container);
    this.url = args.network.internal ? directUrl(container) : published;
    this.publishedUrl = args.network.internal ? pulumi.output(null) : published;
    this.networkName = network.name;
    this.containerId = container.id;
    this.containerName = container.name;
    this.registerOutputs({ url: this.url, containerId: this.containerId, containerName: this.containerName });
  }
}

/** The engine alone knows whether a container is to be made, and asks the hook when it is. */
function planNotice(name: string, text: string): pulumi.ResourceHook {
  const show = () => pulumi.log.warn(text);
  return new pulumi.ResourceHook(`${name}-notice`, show, { onDryRun: true });
}

function containerArgs(args: OllamaServiceArgs, network: pulumi.Input<string>): docker.ContainerArgs {
  return {
    image: args.imageId,
    command: ["serve"],
    ...environmentArgs(args.environment),
    ...memoryArgs(args),
    ...cpuArgs({ cpus: args.cpus, cpuShares: dockersOwnShares }),
    ...gpuArgs(args.gpus),
    ...healthCheckArgs(["ollama", "list"]),
    ...hardeningArgs({ userId: ollamaUserId, scratch }),
    ...logArgs(args.logging),
    ...volumeArgs(args),
    // Docker publishes nothing from an internal network, and says nothing about it.
    ...(args.network.internal ? {} : portArgs(args, ollamaPort)),
    networksAdvanced: [{ name: network, aliases: ["ollama"] }],
    restart: args.restart,
    stopTimeout: stopSeconds,
    destroyGraceSeconds: stopSeconds,
  };
}

function volumeArgs({ volumeName, volumeReadOnly }: OllamaServiceArgs): Pick<docker.ContainerArgs, "volumes"> {
  if (!volumeName) return {};
  return { volumes: [{ volumeName, containerPath: modelsPath, ...(volumeReadOnly ? { readOnly: true } : {}) }] };
}

/** URL of a container's own address, which only this host and the container's network reach. */
function directUrl(container: docker.Container): pulumi.Output<string> {
  return container.networkDatas.apply(([network]) => `http://${network?.ipAddress ?? ""}:${ollamaPort}`);
}
