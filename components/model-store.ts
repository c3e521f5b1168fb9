import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema.ts";
import { ollamaUserId } from "../ollama/server.ts";
import { ownVolume } from "./volume-owner.ts";

/** Arguments of {@link ModelStore}; another name is another volume. */
export interface ModelStoreArgs extends Readonly<StackConfig["volume"]> {
  /** ID of the server's image. */
  readonly imageId: pulumi.Input<string>;
}

/** The volume that holds pulled models, apart from the container so that replacing one never loses the other. */
export class ModelStore extends pulumi.ComponentResource {
  /** Name to mount; everything in it is the server's own once all of this component is there. */
  public readonly name: pulumi.Output<string>;

  constructor(name: string, args: ModelStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelStore", name, {}, opts);
    const volume = new docker.Volume(
      `${name}-volume`,
      { name: args.name },
      {
        parent: this,
        retainOnDelete: args.retainOnDelete,
        // A volume that was there before has its own; the provider would replace it, models and all, to take them away.
        ignoreChanges: ["labels", "driver", "driverOpts"],
      },
    );
    const input = { volume: volume.name, image: args.imageId, userId: ollamaUserId };
    ownVolume(name, input, { parent: this });
    this.name = volume.name;
    this.registerOutputs({ name: this.name });
  }
}
