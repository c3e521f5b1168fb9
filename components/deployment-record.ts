import type * as command from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";
import { programCommand, type CommandInput } from "./program-command.ts";

/** What {@link recordDeployment} sends. */
export interface RecordDeploymentInput {
  /** ID of the container that figures are left in. */
  readonly container: string;
  /** ID of the server's container, which has passed its gate. */
  readonly server: string;
  /** Name of the server's image. */
  readonly image: string;
  readonly baseImage: string;
  /** Version of this program. */
  readonly program: string;
}

/** Tells the monitoring when what was deployed; it depends on the gate. */
export function recordDeployment(
  name: string,
  input: CommandInput<RecordDeploymentInput>,
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return programCommand<RecordDeploymentInput>(name, { script: "record-deployment.ts", input }, opts);
}
