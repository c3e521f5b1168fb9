import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { programCommand, type CommandInput } from "./program-command.ts";
import type { OwnVolumeInput } from "./volume-owner.ts";

/** Makes the models of a server whose home a volume was, as in Compose files, known to one that has the volume as its store. */
export function takeOverModels(
  name: string,
  input: CommandInput<OwnVolumeInput>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return programCommand<OwnVolumeInput>(`${name}-taken-over`, { script: "take-over-models.ts", input }, opts);
}
