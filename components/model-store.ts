import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link ModelStore}. */
export interface ModelStoreArgs {
  /** Docker volume name; changing it creates another volume. */
  readonly name: string;
  /**
   * Whether the volume stays when it leaves the program or the stack is destroyed.
   * @default true
   */
  readonly retainOnDelete?: boolean;
}

/** The volume that holds pulled models, apart from the container so that replacing one never loses the other. */
export class ModelStore extends pulumi.ComponentResource {
  /** Name to mount. */
  public readonly name: pulumi.Output<string>;

  constructor(name: string, args: ModelStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:ModelStore", name, {}, opts);
    // No labels: the provider replaces a volume, models and all, when one changes.
    const volume = new docker.Volume(
      `${name}-volume`,
      { name: args.name },
      { parent: this, retainOnDelete: args.retainOnDelete ?? true },
    );
    this.name = volume.name;
    this.registerOutputs({ name: this.name });
  }
}
