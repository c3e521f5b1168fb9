import * as pulumi from "@pulumi/pulumi";
import { programImageName, type BundledProgram } from "../docker/identity.ts";
import type { BuildProgramInput } from "../engine/build-program.ts";
import { bundledVersion } from "./bundled-version.ts";
import { programCommand } from "./program-command.ts";

/** Arguments of a {@link ProgramImage}. */
export interface ProgramImageArgs {
  /** Pinned image with Node and a shell. */
  readonly baseImage: string;
}

/**
 * An image with a bundled program, asked for by its identity.
 *
 * It is used as it is when the engine has it, and built otherwise. It stays in the engine on destroy.
 */
export abstract class ProgramImage extends pulumi.ComponentResource {
  /** ID of the image in the engine, `sha256:…`. */
  public readonly imageId: pulumi.Output<string>;
  /** Name and tag; the tag is a hash of base and code. */
  public readonly identity: pulumi.Output<string>;

  protected constructor(
    type: string,
    program: BundledProgram,
    name: string,
    { baseImage }: ProgramImageArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(type, name, {}, opts);
    const code = bundledVersion(program);
    const image = programImageName(program, { image: baseImage, code });
    // Its name has the version of its code; the output of a step that runs again is unknown to a preview, which would
    // show another container.
    const build = programCommand<BuildProgramInput>(
      `${name}-build`,
      { script: `build-${program}.ts`, input: { image, baseImage, code }, rerun: false },
      { parent: this },
    );
    this.imageId = build.stdout;
    this.identity = pulumi.output(image);
    this.registerOutputs({ imageId: this.imageId, identity: this.identity });
  }
}
