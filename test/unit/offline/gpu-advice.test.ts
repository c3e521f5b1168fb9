import { describe, expect, it } from "vitest";
import type { GpuReservation } from "../../../config/gpu-reservation.ts";
import { readDockerInfo } from "../../../offline/preflight/docker-facts.ts";
import type { GpuFacts } from "../../../offline/preflight/facts.ts";
import { gpuAdvice } from "../../../offline/preflight/gpu-advice.ts";

const one: GpuReservation = { kind: "count", count: 1 };

/** A host that has all that Docker asks for to give a GPU. */
const good: GpuFacts = {
  docker: readDockerInfo({
    text: JSON.stringify({ ServerVersion: "29.8.1", CDISpecDirs: ["/etc/cdi"] }),
    failure: null,
  }),
  nvidia: {
    driver: "570.133.20",
    gpus: [{ index: "0", name: "NVIDIA A10", uuid: "GPU-f15ae561" }],
    memory: {},
    listFailure: null,
    runtimeHook: "/usr/bin/nvidia-container-runtime-hook",
    cdiHook: "/usr/bin/nvidia-cdi-hook",
    runtime: "/usr/bin/nvidia-container-runtime",
    ctk: "/usr/bin/nvidia-ctk",
    devices: [],
    unlinked: [],
  },
  cdi: [{ path: "/etc/cdi/nvidia.yaml", devices: { "0": [] } }],
};

describe("advice about GPUs that Docker cannot give", () => {
  it("names each part that is missing, and looks no further", () => {
    const nvidia = { ...good.nvidia, driver: null, runtimeHook: null };
    expect(gpuAdvice({ ...good, nvidia, cdi: [] }, one, "could not select device driver")).toEqual([
      "NVIDIA driver: no NVIDIA driver is loaded: install the NVIDIA driver and load it with `modprobe nvidia`, or set the key gpus to none",
      "CDI specification: none in /etc/cdi: run `nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`, and again after each update of the driver",
    ]);
  });

  it.each([
    [
      'could not select device driver "nvidia" with capabilities: [[gpu]]',
      "the toolkit is there, and Docker, which looks for it as it starts, has not found it: restart Docker, with the toolkit on its PATH",
    ],
    [
      "Using requested mode 'cdi'\ninvoking the NVIDIA Container Runtime Hook directly (e.g. specifying the docker --gpus flag) is not supported. Please use the NVIDIA Container Runtime (e.g. specify the --runtime=nvidia flag) instead.",
      "the toolkit's hook is set to a mode without --gpus: run `nvidia-ctk config --in-place --set nvidia-container-runtime.mode=auto`",
    ],
    [
      "nvidia-container-cli: device error: 5: unknown device: unknown",
      "the host has fewer GPUs, or others: compare with `nvidia-smi -L`, and correct gpus",
    ],
    [
      "CDI device injection failed: unresolvable CDI devices nvidia.com/gpu=5",
      "the host has fewer GPUs, or others: compare with `nvidia-smi -L`, and correct gpus",
    ],
    [
      "nvidia-container-cli: initialization error: nvml error: driver not loaded",
      "the NVIDIA driver does not work: run `nvidia-smi`, and install or reload the driver",
    ],
    ["No such image: sha256:3333", "correct gpus, or write none"],
  ])("goes by what Docker said where nothing is missing: %s", (reason, advice) => {
    expect(gpuAdvice(good, one, reason)).toEqual([advice]);
  });
});
