import * as pulumi from "@pulumi/pulumi";
import { programCommand } from "./program-command.ts";
import type { GpuReservation } from "../config/gpu-reservation.ts";

/** What {@link GpuCheck} sends. */
export interface GpuCheckInput {
  /** ID of the image to start with the GPUs. */
  readonly image: string;
  readonly gpus: GpuReservation;
}

/** Arguments of {@link GpuCheck}. */
export interface GpuCheckArgs {
  /** ID of the image the GPUs are for. */
  readonly imageId: pulumi.Input<string>;
  readonly gpus: GpuReservation;
}

/** Shows, before a running container is touched, that Docker can give a container the GPUs it is to get. */
export class GpuCheck extends pulumi.ComponentResource {
  constructor(name: string, args: GpuCheckArgs, opts?: pulumi.ComponentResourceOptions) {
    super("gemma:index:GpuCheck", name, {}, opts);
    const input = { image: args.imageId, gpus: args.gpus };
    programCommand<GpuCheckInput>(`${name}-command`, { script: "check-gpu.ts", input }, { parent: this });
    this.registerOutputs({});
  }
}
