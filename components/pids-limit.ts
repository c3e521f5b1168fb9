import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { programCommand, type CommandInput } from "./program-command.ts";

/** What {@link limitPids} sends. */
export interface PidsLimitInput {
  /** ID of the container. */
  readonly container: string;
  /** Most processes and threads in it. */
  readonly limit: number;
}

/** Limits the processes and threads of a container, for which the provider has no argument. */
export function limitPids(
  name: string,
  input: CommandInput<PidsLimitInput>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return programCommand<PidsLimitInput>(`${name}-pids`, { script: "limit-pids.ts", input }, opts);
}
