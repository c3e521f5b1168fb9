import * as pulumi from "@pulumi/pulumi";
import { imageContents, imageName, type ImageContents } from "../docker/identity.ts";
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
  readonly model: {
    /** `model:tag`. */
    readonly name: string;
    /** Digest of its manifest; required, because it decides what the image contains. */
    readonly digest: string | undefined;
    /** SPDX identifier and notice of its licence, when they are known. */
    readonly license?: { readonly spdx: string; readonly notice: string } | undefined;
  };
}

/**
 * An image with the model inside, asked for by its identity.
 *
 * It is used as it is when the engine has it, and built from the staged model store otherwise. It stays in the engine on destroy.
 */
export class EmbeddedImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;
  /** Name and tag; the tag ends in a hash of base, model and licence. */
  public readonly identity: pulumi.Output<string>;

  constructor(name: string, args: EmbeddedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:EmbeddedImage", name, {}, opts);
    const { name: model, digest, license } = args.model;
    if (digest === undefined)
      throw new pulumi.ResourceError(`${model} has no digest to embed it by; set model.digest`, this, true);
    const contents = imageContents({ baseImage: args.baseImage, model: { name: model, digest, license } });
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
