import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { codeEnvironment, runScript, type CommandInput } from "./program-command.ts";

/** What {@link Drain} sends. */
export interface DrainInput {
  /** ID of the gateway's container. */
  readonly gateway: string;
  /** ID of the server's container. */
  readonly server: string;
  /** `host:port` by which the gateway knows the server. */
  readonly upstream: string;
  readonly drainTimeout: number;
}

/** Arguments of {@link Drain}. */
export interface DrainArgs {
  /** ID of the gateway's container. */
  readonly gateway: pulumi.Input<string>;
  /** ID of the server's container. */
  readonly server: pulumi.Input<string>;
  /** `host:port` by which the gateway knows the server. */
  readonly upstream: pulumi.Input<string>;
  /** How long the server's requests may take to end, seconds. */
  readonly drainTimeout: number;
}

/**
 * Lets a server finish what it is answering before its container is removed, and has the gateway hold what comes meanwhile
 * when there is no other server yet.
 *
 * It depends on the container, so it goes before the container goes, in either order of replacement.
 */
export class Drain extends pulumi.ComponentResource {
  constructor(name: string, args: DrainArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Drain", name, {}, opts);
    const input: CommandInput<DrainInput> = { ...args };
    new command.local.Command(
      `${name}-command`,
      {
        create: ":",
        delete: runScript("drain.ts"),
        stdin: pulumi.jsonStringify(input),
        environment: codeEnvironment("drain.ts"),
        triggers: [args.server],
        logging: command.local.Logging.StdoutAndStderr,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
