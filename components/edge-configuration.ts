import * as pulumi from "@pulumi/pulumi";
import { shownConfiguration } from "../edge/configuration.ts";
import type { EdgePolicy } from "../edge/policy.ts";
import type { EdgeServer } from "../edge/server.ts";
import type { EdgeSettings } from "../edge/settings.ts";
import type { EdgeTls } from "../gateway/edge-tls.ts";
import { programCommand } from "./program-command.ts";

/** What {@link EdgeConfiguration} sends. */
export interface ConfigureEdgeInput {
  /** ID of the edge's container. */
  readonly container: string;
  /** URL under which it is published. */
  readonly url: string;
  readonly settings: EdgeSettings;
  readonly policy: EdgePolicy;
  /** Where requests go. */
  readonly server: EdgeServer;
  readonly tls: EdgeTls;
  /** haproxy.cfg filled in, line by line; only so that a change of it is one of the plan, for people to read. */
  readonly haproxy: readonly string[];
}

/** Arguments of {@link EdgeConfiguration}. */
export interface EdgeConfigurationArgs {
  readonly container: pulumi.Input<string>;
  readonly url: pulumi.Input<string>;
  readonly settings: EdgeSettings;
  /** Secret, as it has hashes of tokens. */
  readonly policy: pulumi.Input<EdgePolicy>;
  readonly server: pulumi.Input<EdgeServer>;
  readonly tls: pulumi.Input<EdgeTls>;
}

/** Sends the edge's requests to a server, under the rules for its clients; a change of either drops no request. */
export class EdgeConfiguration extends pulumi.ComponentResource {
  /** What it said when the edge was told. */
  public readonly told: pulumi.Output<string>;

  constructor(name: string, args: EdgeConfigurationArgs, opts?: pulumi.ComponentResourceOptions) {
    // Its names in states of earlier versions.
    const aliases = [{ type: "gemma:index:GatewayConfiguration" }, { type: "gemma:index:Traffic" }];
    super("gemma:index:EdgeConfiguration", name, {}, pulumi.mergeOptions(opts, { aliases }));
    const haproxy = shownConfiguration(args).split("\n");
    const configured = programCommand<ConfigureEdgeInput>(
      `${name}-command`,
      { script: "configure-edge.ts", input: { ...args, haproxy } },
      { parent: this },
    );
    this.told = configured.stdout;
    this.registerOutputs({ told: this.told });
  }
}
