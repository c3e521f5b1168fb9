import * as pulumi from "@pulumi/pulumi";

import { programCommand } from "./program-command.ts";
import type { Readiness } from "../ollama/gate.ts";

/** What {@link ReadinessGate} sends. */
export interface GateInput extends Readiness {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: string | null;
  /** Container whose log explains a failure. */
  readonly container: string;
}

/** Arguments of {@link ReadinessGate}. */
export interface ReadinessGateArgs extends Readiness {
  /** Base URL of the server; null when it is reached at its container's own address. */
  readonly url: pulumi.Input<string | null>;
  /** ID of the server's container; the gate runs again when it changes. */
  readonly containerId: pulumi.Input<string>;
}

/** Lets `pulumi up` succeed only after every model has really answered. */
export class ReadinessGate extends pulumi.ComponentResource {
  /** What the gate was run with, for running it again at any time. */
  public readonly input: pulumi.Output<GateInput>;

  constructor(name: string, args: ReadinessGateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ReadinessGate", name, {}, opts);
    const input = {
      url: args.url,
      container: args.containerId,
      timeout: args.timeout,
      requireGpu: args.requireGpu,
      models: args.models,
    };
    programCommand<GateInput>(`${name}-command`, { script: "gate.ts", input }, { parent: this });
    this.input = pulumi.output(input);
    this.registerOutputs({ input: this.input });
  }
}
