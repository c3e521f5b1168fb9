import type { types } from "@pulumi/docker";
import { gpusText, type GpuReservation } from "../config/gpu-reservation.ts";

/** The slice of container arguments that reserves NVIDIA GPUs; empty for none. */
export function gpuArgs(gpus: GpuReservation): { deviceRequests?: types.input.ContainerDeviceRequest[] } {
  if (gpus.kind === "none") return {};
  // The provider's own default driver is `cdi`, which takes names of CDI alone; `nvidia` takes CDI and the older hook, whichever is there.
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
  const text = gpusText(gpus);
  // Without the driver's name Docker takes the first one that has GPUs, from 29.3 on AMD's where NVIDIA's is not there.
  return `driver=nvidia,${gpus.kind === "devices" ? `"${text}"` : `count=${text}`}`;
}
