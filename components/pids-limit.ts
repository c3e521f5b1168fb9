import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { PidsLimitInput } from "../commands/limit-pids.ts";
import { programCommand, type CommandInput } from "./program-command.ts";

/** Limits the processes and threads of a container, for which the provider has no argument. */
export function limitPids(
  name: string,
  input: CommandInput<PidsLimitInput>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return programCommand<PidsLimitInput>(`${name}-pids`, { script: "limit-pids.ts", input }, opts);
}
