import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "./program-command.ts";

/** What {@link ModelParameters} sends. */
export interface ParametersInput {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container the server runs in. */
  readonly container: string;
  readonly models: readonly {
    readonly model: string;
    /** Expected manifest digest; null takes what is there. */
    readonly digest: string | null;
    /** Context of each request, tokens; null leaves the server's. */
    readonly contextLength: number | null;
  }[];
  /** CPU threads for generating; null leaves the choice to Ollama. */
  readonly threads: number | null;
}

/** Arguments of {@link ModelParameters}. */
export interface ModelParametersArgs {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: pulumi.Input<string | null>;
  /** ID of the server's container; every new one is set up again. */
  readonly containerId: pulumi.Input<string>;
  /** Models as `model:tag`, with their expected manifest digests and contexts of their own, where they have some. */
  readonly models: readonly {
    readonly name: string;
    readonly digest?: string | undefined;
    readonly contextLength?: number | undefined;
  }[];
  /**
   * CPU threads for generating.
   * @default - Ollama's choice, which ignores the CPU limit
   */
  readonly threads?: number | undefined;
}

/**
 * Gives models what the server takes from them alone: a context of their own, and on servers that do not read it from the
 * environment, Ollama before 0.30, the thread count.
 */
export class ModelParameters extends pulumi.ComponentResource {
  constructor(name: string, args: ModelParametersArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelParameters", name, {}, opts);
    const input = {
      url: args.url,
      container: args.containerId,
      models: args.models.map(({ name: model, digest = null, contextLength = null }) => ({
        model,
        digest,
        contextLength,
      })),
      threads: args.threads ?? null,
    };
    programCommand<ParametersInput>(`${name}-command`, { script: "set-parameters.ts", input }, { parent: this });
    this.registerOutputs({});
  }
}
