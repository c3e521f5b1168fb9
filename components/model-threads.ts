import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "./program-command.ts";

/** What {@link ModelThreads} sends. */
export interface ThreadsInput {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container the server runs in. */
  readonly container: string;
  readonly model: string;
  /** Expected manifest digest; null takes what is there. */
  readonly digest: string | null;
  /** CPU threads for generating; null leaves the choice to Ollama. */
  readonly threads: number | null;
}

/** Arguments of {@link ModelThreads}. */
export interface ModelThreadsArgs {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: pulumi.Input<string | null>;
  /** ID of the server's container; every new one is set up again. */
  readonly containerId: pulumi.Input<string>;
  /** Model as `model:tag`. */
  readonly model: string;
  /** Expected manifest digest, when one is. */
  readonly digest?: string | undefined;
  /**
   * CPU threads for generating.
   * @default - Ollama's choice, which ignores the CPU limit
   */
  readonly threads?: number | undefined;
}

/** Gives the model its thread count on servers that do not read it from the environment, Ollama before 0.30. */
export class ModelThreads extends pulumi.ComponentResource {
  constructor(name: string, args: ModelThreadsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelThreads", name, {}, opts);
    const input = {
      url: args.url,
      container: args.containerId,
      model: args.model,
      digest: args.digest ?? null,
      threads: args.threads ?? null,
    };
    programCommand<ThreadsInput>(`${name}-command`, { script: "set-threads.ts", input }, { parent: this });
    this.registerOutputs({});
  }
}
