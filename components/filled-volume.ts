import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { sha256 } from "../support/hashing.ts";
import { programCommand } from "./program-command.ts";
import { ownVolume } from "./volume-owner.ts";

/** What {@link FilledVolume} sends. */
export interface FillVolumeInput {
  readonly volume: string;
  /** ID of an image with a shell. */
  readonly image: string;
  /** User and group that the files are for. */
  readonly userId: number;
  /** Contents by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Arguments of {@link FilledVolume}. */
export interface FilledVolumeArgs {
  readonly image: pulumi.Input<string>;
  readonly userId: number;
  readonly files: pulumi.Input<Record<string, string>>;
}

/** A volume with the files that a container reads, and no others. */
export class FilledVolume extends pulumi.ComponentResource {
  public readonly volumeName: pulumi.Output<string>;
  /** Another one when the files are others, once they are there. */
  public readonly contentHash: pulumi.Output<string>;

  constructor(name: string, args: FilledVolumeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:FilledVolume", name, {}, opts);
    const parent = { parent: this };
    const volume = new docker.Volume(`${name}-files`, {}, parent);
    const place = { volume: volume.name, image: args.image, userId: args.userId };
    const owned = ownVolume(`${name}-files`, place, parent);
    programCommand<FillVolumeInput>(
      `${name}-fill`,
      { script: "fill-volume.ts", input: { ...place, files: pulumi.secret(args.files) } },
      { ...parent, dependsOn: owned },
    );
    this.volumeName = volume.name;
    // It tells nobody what is in them.
    this.contentHash = pulumi.unsecret(pulumi.output(args.files).apply((files) => sha256(JSON.stringify(files))));
    this.registerOutputs({ volumeName: this.volumeName });
  }
}
