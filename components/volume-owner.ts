import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { programCommand, type CommandInput } from "./program-command.ts";

/** What {@link ownVolume} sends. */
export interface OwnVolumeInput {
  readonly volume: string;
  /** ID of an image with a shell. */
  readonly image: string;
  /** User and group that is to own everything in the volume. */
  readonly userId: number;
}

/** Gives all of a volume to a user, whoever wrote what is in it. */
export function ownVolume(
  name: string,
  input: CommandInput<OwnVolumeInput>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return programCommand<OwnVolumeInput>(`${name}-owner`, { script: "own-volume.ts", input }, opts);
}
