import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "./program-command.ts";

/** What {@link ModelPull} sends. */
export interface PullInput {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container the server runs in. */
  readonly container: string;
  /** Volume the model goes to, for messages. */
  readonly volume: string;
  readonly registry: string;
  readonly model: string;
  /** Expected manifest digest; null takes what the registry has. */
  readonly digest: string | null;
}

/** Arguments of {@link ModelPull}. */
export interface ModelPullArgs {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: pulumi.Input<string | null>;
  /** ID of the server's container. */
  readonly containerId: pulumi.Input<string>;
  /** Volume the model goes to. */
  readonly volumeName: pulumi.Input<string>;
  /** URL of the registry. */
  readonly registry: string;
  /** Model as `model:tag`. */
  readonly model: string;
  /**
   * Expected manifest digest.
   * @default - whatever the registry has
   */
  readonly digest?: string | undefined;
}

/** Has the running server pull the model into its volume and verifies every blob; what is there is not pulled again. */
export class ModelPull extends pulumi.ComponentResource {
  /** Digest of the manifest that is in the volume. */
  public readonly digest: pulumi.Output<string>;

  constructor(name: string, args: ModelPullArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelPull", name, {}, opts);
    const input = {
      url: args.url,
      container: args.containerId,
      volume: args.volumeName,
      registry: args.registry,
      model: args.model,
      digest: args.digest ?? null,
    };
    const pull = programCommand<PullInput>(`${name}-command`, { script: "pull-model.ts", input }, { parent: this });
    this.digest = pull.stdout;
    this.registerOutputs({ digest: this.digest });
  }
}
