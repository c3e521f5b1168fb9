import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { codeEnvironment, runScript, type CommandInput } from "./program-command.ts";

/** What {@link Drain} sends; a version before this one reads it too, when somebody goes back. */
export interface DrainInput {
  /** ID of the edge's container. */
  readonly gateway: string;
  /** ID of Ollama's container. */
  readonly server: string;
  /** `host:port` of the usher, by which the edge knows the server. */
  readonly upstream: string;
  /** How long the answers may take to end, seconds. */
  readonly drainTimeout: number;
}

/** Arguments of {@link Drain}. */
export interface DrainArgs extends CommandInput<DrainInput> {
  /** ID of the usher's container; another one is another drain. */
  readonly generation: pulumi.Input<string>;
}

/**
 * Lets a server finish what it is answering before its containers are removed, and has the gateway hold what comes
 * meanwhile when there is no other server yet.
 *
 * It depends on the containers, so it goes before they go, in either order of replacement.
 */
export class Drain extends pulumi.ComponentResource {
  constructor(name: string, { generation, ...input }: DrainArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:Drain", name, {}, opts);
    new command.local.Command(
      `${name}-command`,
      {
        create: ":",
        delete: runScript("drain.ts"),
        stdin: pulumi.jsonStringify(input),
        environment: codeEnvironment("drain.ts"),
        // Whichever of the two goes first, the drain goes before it.
        triggers: [input.server, generation],
        logging: command.local.Logging.StdoutAndStderr,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
