import * as pulumi from "@pulumi/pulumi";
import type { ConfigureGatewayInput } from "../commands/configure-gateway.ts";
import { programCommand, type CommandInput } from "./program-command.ts";

/** Arguments of {@link Traffic}. */
export type TrafficArgs = CommandInput<ConfigureGatewayInput>;

/** Sends the gateway's requests to a server, under the rules for its clients; a change of either drops no request. */
export class Traffic extends pulumi.ComponentResource {
  /** Root certificate of a gateway that makes its own, as PEM; empty for any other. */
  public readonly rootCertificate: pulumi.Output<string>;

  constructor(name: string, args: TrafficArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Traffic", name, {}, opts);
    const configured = programCommand<ConfigureGatewayInput>(
      `${name}-command`,
      { script: "configure-gateway.ts", input: args },
      { parent: this },
    );
    // What it reads holds hashes of tokens; what it prints does not.
    this.rootCertificate = pulumi.unsecret(configured.stdout);
    this.registerOutputs({ rootCertificate: this.rootCertificate });
  }
}
