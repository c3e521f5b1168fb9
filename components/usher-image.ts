import type * as pulumi from "@pulumi/pulumi";
import { ProgramImage, type ProgramImageArgs } from "./program-image.ts";

/** An image with the usher of this program. */
export class UsherImage extends ProgramImage {
  constructor(name: string, args: ProgramImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:UsherImage", "usher", name, args, opts);
  }
}
