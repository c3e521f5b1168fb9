import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../config/schema.ts";
import { ollamaUserId } from "../ollama/server.ts";
import { takeOverModels } from "./old-models.ts";
import type { StackLabels } from "../engine/stack-labels.ts";
import { ownVolume } from "./volume-owner.ts";

/** Arguments of {@link ModelStore}; another name is another volume. */
export interface ModelStoreArgs extends Readonly<Omit<StackConfig["volume"], "readOnly" | "prune">> {
  /** ID of the server's image. */
  readonly imageId: pulumi.Input<string>;
  /** Labels that a volume gets which is made now; one that is there keeps its own. */
  readonly labels: StackLabels;
  /** Whether it was there before the stack, and stays whatever happens to it. */
  readonly foreign: boolean;
}

/** The volume that holds pulled models, apart from the container so that replacing one never loses the other. */
export class ModelStore extends pulumi.ComponentResource {
  /** Name to mount; everything in it is the server's own once all of this component is there. */
  public readonly name: pulumi.Output<string>;

  constructor(name: string, args: ModelStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelStore", name, {}, opts);
    const volume = new docker.Volume(
      `${name}-volume`,
      { name: args.name, labels: Object.entries(args.labels).map(([label, value]) => ({ label, value })) },
      {
        parent: this,
        retainOnDelete: args.retainOnDelete || args.foreign,
        // A volume that was there before has its own; the provider would replace it, models and all, to take them away.
        ignoreChanges: ["labels", "driver", "driverOpts"],
      },
    );
    const input = { volume: volume.name, image: args.imageId, userId: ollamaUserId };
    const owner = ownVolume(name, input, { parent: this });
    takeOverModels(name, input, { parent: this, dependsOn: owner });
    this.name = volume.name;
    this.registerOutputs({ name: this.name });
  }
}
