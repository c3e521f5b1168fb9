import * as pulumi from "@pulumi/pulumi";

import { programCommand } from "./program-command.ts";
import type { StackConfig } from "../config/schema.ts";
import type { Readiness } from "../ollama/gate.ts";

/** What {@link ReadinessGate} sends. */
export interface GateInput extends Readiness {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container whose log explains a failure. */
  readonly container: string;
}

/** Arguments of {@link ReadinessGate}. */
export interface ReadinessGateArgs extends Readonly<StackConfig["readiness"]> {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: pulumi.Input<string | null>;
  /** ID of the server's container; the gate runs again when it changes. */
  readonly containerId: pulumi.Input<string>;
  /** Model as `model:tag`. */
  readonly model: string;
  /** Expected manifest digest, when one is. */
  readonly digest?: string | undefined;
}

/** Lets `pulumi up` succeed only after the model has really answered. */
export class ReadinessGate extends pulumi.ComponentResource {
  /** What the gate was run with, for running it again at any time. */
  public readonly input: pulumi.Output<GateInput>;

  constructor(name: string, args: ReadinessGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ReadinessGate", name, {}, opts);
    const input = {
      url: args.url,
      container: args.containerId,
      model: args.model,
      digest: args.digest ?? null,
      prompt: args.prompt,
      pattern: args.pattern,
      timeout: args.timeout,
      minTokensPerSecond: args.minTokensPerSecond,
      requireGpu: args.requireGpu,
    };
    programCommand<GateInput>(`${name}-command`, { script: "gate.ts", input }, { parent: this });
    this.input = pulumi.output(input);
    this.registerOutputs({ input: this.input });
  }
}
