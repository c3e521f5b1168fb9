import type * as pulumi from "@pulumi/pulumi";
import { ProgramImage, type ProgramImageArgs } from "./program-image.ts";

/** An image with the watcher of this program. */
export class WatcherImage extends ProgramImage {
  constructor(name: string, args: ProgramImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:WatcherImage", "watcher", name, args, opts);
  }
}
