import * as pulumi from "@pulumi/pulumi";
import type { NameImageInput } from "../commands/name-image.ts";
import { programCommand } from "./program-command.ts";

/** Arguments of {@link NamedImage}. */
export interface NamedImageArgs {
  /** Pinned image, or the `sha256:` ID of a loaded one. */
  readonly image: string;
  /** Name in this engine, by which a package loads it where no registry is to be reached. */
  readonly localName: string;
}

/**
 * A published image under a name of this program's own.
 *
 * It is used as it is when the engine has that name, and pulled and named otherwise. It stays in the engine on destroy.
 */
export class NamedImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;

  constructor(name: string, args: NamedImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:NamedImage", name, {}, opts);
    const input: NameImageInput = { image: args.image, localName: args.localName };
    const command = programCommand<NameImageInput>(
      `${name}-image`,
      { script: "name-image.ts", input },
      { parent: this },
    );
    this.imageId = command.stdout;
    this.registerOutputs({ imageId: this.imageId });
  }
}
