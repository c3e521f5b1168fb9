import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import type { OwnVolumeInput } from "../commands/own-volume.ts";
import { programCommand, type CommandInput } from "./program-command.ts";

/** Gives all of a volume to a user, whoever wrote what is in it; prints the volume's name once that is done. */
export function ownVolume(
  name: string,
  input: CommandInput<OwnVolumeInput>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return programCommand<OwnVolumeInput>(`${name}-owner`, { script: "own-volume.ts", input }, opts);
}
