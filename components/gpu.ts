import type { types } from "@pulumi/docker";
import type { GpuReservation } from "../config/gpu-reservation.ts";

/** The slice of container arguments that reserves NVIDIA GPUs; empty for none. */
export function gpuArgs(gpus: GpuReservation): { deviceRequests?: types.input.ContainerDeviceRequest[] } {
  if (gpus.kind === "none") return {};
  // The provider's own default driver is `cdi`, which the NVIDIA container toolkit serves only when CDI specs were generated.
  const request = { driver: "nvidia", capabilities: ["gpu"] };
  return {
    deviceRequests: [
      gpus.kind === "count" ? { ...request, count: gpus.count } : { ...request, deviceIds: [...gpus.ids] },
    ],
  };
}

/** The same reservation as the argument of `docker run --gpus`, or undefined for none. */
export function gpuFlag(gpus: GpuReservation): string | undefined {
  if (gpus.kind === "none") return undefined;
  if (gpus.kind === "devices") return `"device=${gpus.ids.join(",")}"`;
  return gpus.count === -1 ? "all" : String(gpus.count);
}
