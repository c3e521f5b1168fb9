import * as pulumi from "@pulumi/pulumi";
import { usherImageName } from "../docker/identity.ts";
import { programCommand } from "./program-command.ts";
import { usherVersion } from "./usher-version.ts";

/** What {@link UsherImage} sends. */
export interface BuildUsherInput {
  /** Name and tag of the image. */
  readonly image: string;
  /** Pinned image with Node. */
  readonly baseImage: string;
  /** Version of the usher's code. */
  readonly code: string;
}

/** Arguments of {@link UsherImage}. */
export interface UsherImageArgs {
  /** Pinned image with Node and a shell. */
  readonly baseImage: string;
}

/**
 * An image with the usher of this program, asked for by its identity.
 *
 * It is used as it is when the engine has it, and built otherwise. It stays in the engine on destroy.
 */
export class UsherImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;
  /** Name and tag; the tag is a hash of base and code. */
  public readonly identity: pulumi.Output<string>;

  constructor(name: string, args: UsherImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:UsherImage", name, {}, opts);
    const { baseImage } = args;
    const code = usherVersion();
    const image = usherImageName({ image: baseImage, code });
    // Its name has the version of its code; the output of a step that runs again is unknown to a preview, which would
    // show another container.
    const build = programCommand<BuildUsherInput>(
      `${name}-build`,
      { script: "build-usher.ts", input: { image, baseImage, code }, rerun: false },
      { parent: this },
    );
    this.imageId = build.stdout;
    this.identity = pulumi.output(image);
    this.registerOutputs({ imageId: this.imageId, identity: this.identity });
  }
}
