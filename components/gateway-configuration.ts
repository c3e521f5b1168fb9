import * as pulumi from "@pulumi/pulumi";
import { programCommand, type CommandInput } from "./program-command.ts";
import type { CalledBy } from "../gateway/certificate-names.ts";
import type { DoorSettings } from "../gateway/door-config.ts";
import type { RulesSettings } from "../gateway/rules-server.ts";

/** How the gateway proves who it is, in the words of the configuration. */
export type TlsMode =
  | { readonly mode: "none" }
  | { readonly mode: "internal" }
  | ({
      readonly mode: "files";
      readonly certificate: string;
      readonly key: string;
      /** Only so that another certificate, also one behind the first, is another input. */
      readonly fingerprint: string | null;
    } & CalledBy);

/** What {@link GatewayConfiguration} sends. */
export interface ConfigureGatewayInput extends RulesSettings, Omit<DoorSettings, "tls"> {
  /** ID of the gateway's container. */
  readonly container: string;
  /** URL under which the gateway is published. */
  readonly url: string;
  /** `host:port` of the server. */
  readonly upstream: string;
  readonly tls: TlsMode;
}

/** Arguments of {@link GatewayConfiguration}. */
export type GatewayConfigurationArgs = CommandInput<ConfigureGatewayInput>;

/** Sends the gateway's requests to a server, under the rules for its clients; a change of either drops no request. */
export class GatewayConfiguration extends pulumi.ComponentResource {
  /** Root certificate of a gateway that makes its own, as PEM; empty for any other. */
  public readonly rootCertificate: pulumi.Output<string>;

  constructor(name: string, args: GatewayConfigurationArgs, opts?: pulumi.ComponentResourceOptions) {
    // Its name in states of earlier versions.
    const aliases = [{ type: "gemma:index:Traffic" }];
    super("gemma:index:GatewayConfiguration", name, {}, pulumi.mergeOptions(opts, { aliases }));
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
