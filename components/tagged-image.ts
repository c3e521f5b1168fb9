import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "./program-command.ts";

/** What {@link TaggedImage} sends. */
export interface TagImageInput {
  readonly image: string;
  /** Name and tag in this engine. */
  readonly localName: string;
  /**
   * Key of the configuration that names it, for messages.
   * @default gateway.image
   */
  readonly key?: string;
}

/** Arguments of {@link TaggedImage}. */
export interface TaggedImageArgs {
  /** Pinned image, or the `sha256:` ID of a loaded one. */
  readonly image: string;
  /** Name in this engine, by which a package loads it where no registry is to be reached. */
  readonly localName: string;
  /**
   * Key of the configuration that names it, for messages.
   * @default gateway.image
   */
  readonly key?: string;
}

/**
 * A published image under a name of this program's own.
 *
 * It is used as it is when the engine has that name, and pulled and named otherwise. It stays in the engine on destroy.
 */
export class TaggedImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: TaggedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    // Its name in states of earlier versions.
    const aliases = [{ type: "gemma:index:NamedImage" }];
    super("gemma:index:TaggedImage", name, {}, pulumi.mergeOptions(opts, { aliases }));
    const { image, localName, key } = args;
    const input: TagImageInput = { image, localName, ...(key === undefined ? {} : { key }) };
    // The output of a step that runs again is unknown to a preview, which would show another container.
    const command = programCommand<TagImageInput>(
      `${name}-image`,
      { script: "tag-image.ts", input, rerun: false },
      { parent: this },
    );
    this.imageId = command.stdout;
    this.registerOutputs({ imageId: this.imageId });
  }
}
