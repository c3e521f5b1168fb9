import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "./program-command.ts";

/** What {@link ModelPull} sends. */
export interface PullInput {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container the server runs in. */
  readonly container: string;
  /** Volume the models go to, for messages. */
  readonly volume: string;
  readonly registry: string;
  /** Models with their expected manifest digests; null takes what the registry has. */
  readonly models: readonly { readonly model: string; readonly digest: string | null }[];
  /** Whether pulled models that are not among these are removed. */
  readonly prune: boolean;
}

/** Arguments of {@link ModelPull}. */
export interface ModelPullArgs {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: pulumi.Input<string | null>;
  /** ID of the server's container. */
  readonly containerId: pulumi.Input<string>;
  /** Volume the models go to. */
  readonly volumeName: pulumi.Input<string>;
  /** URL of the registry. */
  readonly registry: string;
  /** Models as `model:tag`; one without a digest is taken as the registry has it. */
  readonly models: readonly { readonly name: string; readonly digest: string | undefined }[];
  /** Whether models that were pulled before and are not among these are removed from the volume. */
  readonly prune: boolean;
}

/** Has the running server pull models into its volume and verifies every blob; one that fails leaves the others there. */
export class ModelPull extends pulumi.ComponentResource {
  /** Digests of the manifests that are in the volume, in the order of the models. */
  public readonly digests: pulumi.Output<readonly string[]>;

  constructor(name: string, args: ModelPullArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelPull", name, {}, opts);
    const input = {
      url: args.url,
      container: args.containerId,
      volume: args.volumeName,
      registry: args.registry,
      models: args.models.map(({ name: model, digest = null }) => ({ model, digest })),
      prune: args.prune,
    };
    const pull = programCommand<PullInput>(`${name}-command`, { script: "pull-models.ts", input }, { parent: this });
    this.digests = pull.stdout.apply((text) => text.trim().split("\n"));
    this.registerOutputs({ digests: this.digests });
  }
}
