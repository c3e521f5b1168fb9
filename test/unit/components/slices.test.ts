import { describe, expect, it } from "vitest";
import { cpuArgs } from "../../../components/cpu.ts";
import { gpuArgs, gpuFlag } from "../../../components/gpu.ts";
import { type GpuReservation } from "../../../config/gpu-reservation.ts";
import { healthCheckArgs } from "../../../components/health-check.ts";
import { logArgs } from "../../../components/log-rotation.ts";
import { memoryArgs } from "../../../components/memory.ts";

const reservations: readonly (readonly [string, GpuReservation, object, string | undefined])[] = [
  ["none", { kind: "none" }, {}, undefined],
  [
    "all",
    { kind: "count", count: -1 },
    { deviceRequests: [{ driver: "nvidia", capabilities: ["gpu"], count: -1 }] },
    "driver=nvidia,count=all",
  ],
  [
    "two",
    { kind: "count", count: 2 },
    { deviceRequests: [{ driver: "nvidia", capabilities: ["gpu"], count: 2 }] },
    "driver=nvidia,count=2",
  ],
  [
    "one by its index",
    { kind: "devices", ids: ["0"] },
    { deviceRequests: [{ driver: "nvidia", capabilities: ["gpu"], deviceIds: ["0"] }] },
    'driver=nvidia,"device=0"',
  ],
  [
    "two by index and UUID",
    { kind: "devices", ids: ["0", "GPU-3a23"] },
    { deviceRequests: [{ driver: "nvidia", capabilities: ["gpu"], deviceIds: ["0", "GPU-3a23"] }] },
    'driver=nvidia,"device=0,GPU-3a23"',
  ],
];

describe("GPUs", () => {
  it.each(reservations)("reserve %s for the container", (_, gpus, args) => {
    expect(gpuArgs(gpus)).toEqual(args);
  });

  it.each(reservations)("write %s as docker run --gpus takes it", (_, gpus, __, flag) => {
    expect(gpuFlag(gpus)).toBe(flag);
  });
});

describe("CPUs", () => {
  it.each([
    [2, { cpus: "2.0", cpuShares: 1024 }],
    [0.5, { cpus: "0.5", cpuShares: 1024 }],
    [0, { cpuShares: 1024 }],
  ])("limited to %d", (cpus, args) => {
    expect(cpuArgs({ cpus, cpuShares: 1024 })).toEqual(args);
  });
});

describe("memory", () => {
  it("keeps memorySwap equal to memory", () => {
    expect(memoryArgs({ memory: 16384, memoryReservation: 8192, shmSize: 64 })).toEqual({
      memory: 16384,
      memorySwap: 16384,
      memoryReservation: 8192,
      shmSize: 64,
    });
  });

  it("leaves out a limit and a reservation of zero", () => {
    expect(memoryArgs({ memory: 0, memoryReservation: 0, shmSize: 64 })).toEqual({ shmSize: 64 });
  });

  it("takes a reservation without a limit", () => {
    expect(memoryArgs({ memory: 0, memoryReservation: 512, shmSize: 1 })).toEqual({
      memoryReservation: 512,
      shmSize: 1,
    });
  });
});

describe("health check", () => {
  it("runs a program of the image without a shell, in Go's spelling of durations", () => {
    expect(healthCheckArgs(["ollama", "list"])).toEqual({
      healthcheck: {
        tests: ["CMD", "ollama", "list"],
        interval: "30s",
        timeout: "10s",
        startPeriod: "1m0s",
        retries: 3,
      },
    });
  });
});

describe("log rotation", () => {
  it("writes Docker's options for json-file", () => {
    expect(logArgs({ maxSize: 10, maxFile: 3 })).toEqual({
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
    });
  });
});
