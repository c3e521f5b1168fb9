import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { gpuArgs, type GpuReservation } from "./gpu.ts";
import { healthCheckArgs } from "./health-check.ts";
import { logArgs, type LogRotation } from "./log-rotation.ts";
import { memoryArgs, type MemoryLimits } from "./memory.ts";
import { environmentArgs, modelsPath, ollamaPort } from "./ollama-env.ts";
import { cpuLimit } from "./units.ts";

/** How a changed container takes the place of the running one. */
export type Replacement = "recreate" | "start-first";

/** Arguments of {@link OllamaService}. */
export interface OllamaServiceArgs extends MemoryLimits {
  /** ID of the image to run. */
  readonly imageId: pulumi.Input<string>;
  /**
   * Volume with the model store.
   * @default - none; the models are in the image
   */
  readonly volumeName?: pulumi.Input<string> | undefined;
  /** Environment of the server. */
  readonly environment: Readonly<Record<string, string>>;
  /** IP address of the host to publish on. */
  readonly address: string;
  /** Port to publish on, 0 for any free one. */
  readonly port: number;
  /** Whether the container's network has no way out, in which case nothing is published. */
  readonly network: { readonly internal: boolean };
  readonly replacement: Replacement;
  /** CPU limit, 0 for none. */
  readonly cpus: number;
  readonly gpus: GpuReservation;
  readonly restart: "no" | "on-failure" | "always" | "unless-stopped";
  readonly logging: LogRotation;
}

/** Time a stopping server gets before it is killed, seconds. */
const stopSeconds = 30;

/** The Ollama server: its container, in a network of its own. */
export class OllamaService extends pulumi.ComponentResource {
  /** Base URL for clients on this host. */
  public readonly url: pulumi.Output<string>;
  /** ID of the container; another one after every replacement. */
  public readonly containerId: pulumi.Output<string>;
  /** Name of the container. */
  public readonly containerName: pulumi.Output<string>;

  constructor(name: string, args: OllamaServiceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:OllamaService", name, {}, opts);
    const network = new docker.Network(`${name}-network`, networkArgs(args), { parent: this });
    const container = new docker.Container(`${name}-container`, containerArgs(args, network.name), {
      parent: this,
      // The provider would delete the old container first; the engine's own order starts the new one beside it.
      deleteBeforeReplace: args.replacement === "recreate",
      // Docker cannot change these in place, and the provider reports an update without doing anything (kreuzwerker/terraform-provider-docker#988).
      replaceOnChanges: ["healthcheck"],
    });
    this.url = args.network.internal ? directUrl(container) : publishedUrl(args.address, container.ports);
    this.containerId = container.id;
    this.containerName = container.name;
    this.registerOutputs({ url: this.url, containerId: this.containerId, containerName: this.containerName });
  }
}

function networkArgs({ network }: OllamaServiceArgs): docker.NetworkArgs {
  return network.internal ? { internal: true } : {};
}

function publishedPort({ address, port }: OllamaServiceArgs): docker.types.input.ContainerPort {
  return { internal: ollamaPort, ip: address, ...(port > 0 ? { external: port } : {}) };
}

function containerArgs(args: OllamaServiceArgs, network: pulumi.Input<string>): docker.ContainerArgs {
  return {
    image: args.imageId,
    command: ["serve"],
    ...environmentArgs(args.environment),
    ...memoryArgs(args),
    ...(args.cpus > 0 ? { cpus: cpuLimit(args.cpus) } : {}),
    ...gpuArgs(args.gpus),
    ...healthCheckArgs(),
    ...logArgs(args.logging),
    ...(args.volumeName ? { volumes: [{ volumeName: args.volumeName, containerPath: modelsPath }] } : {}),
    // Docker publishes nothing from an internal network, and says nothing about it.
    ...(args.network.internal ? {} : { ports: [publishedPort(args)] }),
    networksAdvanced: [{ name: network, aliases: ["ollama"] }],
    restart: args.restart,
    stopTimeout: stopSeconds,
    destroyGraceSeconds: stopSeconds,
  };
}

/** URL under which this host reaches a published port; one published on all addresses is reached on loopback. */
function publishedUrl(address: string, ports: pulumi.Output<docker.types.output.ContainerPort[] | undefined>) {
  const reachable = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  const host = reachable.includes(":") ? `[${reachable}]` : reachable;
  return ports.apply((published) => `http://${host}:${published?.[0]?.external ?? 0}`);
}

/** URL of a container's own address, which only this host and the container's network reach. */
function directUrl(container: docker.Container): pulumi.Output<string> {
  return container.networkDatas.apply(([network]) => `http://${network?.ipAddress ?? ""}:${ollamaPort}`);
}
