import * as pulumi from "@pulumi/pulumi";
import { imageContents, imageName, type ImageContents, type ModelToEmbed } from "../docker/identity.ts";
import { programCommand } from "./program-command.ts";

/** What {@link EmbeddedImage} sends. */
export interface BuildInput extends ImageContents {
  /** Name and tag of the image. */
  readonly image: string;
}

/** Arguments of {@link EmbeddedImage}. */
export interface EmbeddedImageArgs {
  /** Pinned image of the server. */
  readonly baseImage: string;
  /** Lowest layer first. */
  readonly models: readonly ModelToEmbed[];
}

/**
 * An image with models inside, asked for by its identity.
 *
 * It is used as it is when the engine has it, and built from the staged models otherwise. It stays in the engine on destroy.
 */
export class EmbeddedImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;
  /** Name and tag; the tag ends in a hash of base, models and licences. */
  public readonly identity: pulumi.Output<string>;

  constructor(name: string, args: EmbeddedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:EmbeddedImage", name, {}, opts);
    const contents = imageContents(args);
    const image = imageName(contents);
    const input: BuildInput = { image, ...contents };
    // Its name has a version of how it is put together; the output of a step that runs again is unknown to a preview,
    // which would show another container.
    const build = programCommand<BuildInput>(
      `${name}-build`,
      { script: "build-image.ts", input, rerun: false },
      { parent: this },
    );
    this.imageId = build.stdout;
    this.identity = pulumi.output(image);
    this.registerOutputs({ imageId: this.imageId, identity: this.identity });
  }
}
