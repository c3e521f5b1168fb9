import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { engineImageName } from "../docker/identity.ts";
import { programCommand } from "./program-command.ts";

/** What {@link BaseImage} sends. */
export interface PullImageInput {
  readonly image: string;
}

/** Arguments of {@link BaseImage}. */
export interface BaseImageArgs {
  /** Image with a tag or digest, or the `sha256:` digest of the configuration of a loaded one. */
  readonly image: string;
}

/** The server's image as it is published, pulled when the engine does not have it. */
export class BaseImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;
  /** The image as it was asked for. */
  public readonly identity: pulumi.Output<string>;

  constructor(name: string, args: BaseImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:BaseImage", name, {}, opts);
    const input = { image: args.image };
    const pull = programCommand<PullImageInput>(`${name}-pull`, { script: "pull-image.ts", input }, { parent: this });
    const image = new docker.RemoteImage(
      `${name}-image`,
      // Kept on destroy: other stacks may use it, and a closed host could not pull it again.
      { name: engineImageName(args.image), keepLocally: true },
      // The provider would pull it as well, without a word for minutes.
      { parent: this, dependsOn: pull },
    );
    this.imageId = image.imageId;
    this.identity = pulumi.output(args.image);
    this.registerOutputs({ imageId: this.imageId, identity: this.identity });
  }
}
