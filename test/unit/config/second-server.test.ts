import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { secondServer, type Fit, type FreeGpu, type Room } from "../../../config/second-server.ts";
import { parsed } from "../support/raw-config.ts";

const [MiB, GiB] = [1024 ** 2, 1024 ** 3];

/** What gemma3n:e4b takes with the defaults: weights, KV cache, buffers, prompt cache, server. */
const onCpu = 7_547_589_116 + (256 + 512 + 512 + 256) * MiB;
/** The same with a GPU: the weights that stay on the host, prompt cache, server. */
const besideGpu = 7_547_589_116 - 2_849_959_424 + (512 + 512) * MiB;
/** And on the GPU: the other weights, KV cache, buffers. */
const onGpu = 2_849_959_424 + (256 + 512) * MiB;
/** What stays free on each GPU. */
const margin = 1024 * MiB;

function judge(change: RawConfig, room: Partial<Room>): Fit {
  return secondServer(resolveConfig(parsed(change)), { memory: 1000 * GiB, gpus: undefined, ...room });
}

const gpu = (index: number, free: number | undefined): FreeGpu => ({
  index: String(index),
  uuid: `GPU-${index}`,
  free,
});
const yes = { fits: "yes" };
const unknownModel = { models: [{ name: "someone/gemma:1" }] };

describe("a second server in a host's memory", () => {
  it("fits where exactly as much is free as it needs", () => {
    expect(judge({}, { memory: onCpu })).toEqual(yes);
  });

  it("does not fit where a byte less is free, and the figures say so", () => {
    expect(judge({}, { memory: onCpu - 1 })).toMatchObject({ fits: "no" });
    expect(judge({}, { memory: 5 * GiB })).toEqual({
      fits: "no",
      why: "another one needs 8.53 GiB of memory, and 5 GiB are free",
    });
  });

  it("needs room for what comes with it of a gateway, also beyond its limit", () => {
    const beside = 512 * MiB;
    const judgeBoth = (change: RawConfig, memory: number) =>
      secondServer(resolveConfig(parsed(change)), { memory, gpus: undefined }, beside);
    expect(judgeBoth({}, onCpu + beside)).toEqual(yes);
    expect(judgeBoth({}, onCpu + beside - 1)).toMatchObject({ fits: "no" });
    expect(judgeBoth({}, 5 * GiB)).toEqual({
      fits: "no",
      why: "another one, with its part of the gateway, needs 9.03 GiB of memory, and 5 GiB are free",
    });
    const limit = { ...unknownModel, memory: "4GiB" };
    expect(judgeBoth(limit, 4 * GiB + beside)).toEqual(yes);
    expect(judgeBoth(limit, 4 * GiB + beside - 1)).toMatchObject({ fits: "unknown" });
  });

  it("needs what its tuning makes of it", () => {
    const more = { ollama: { numParallel: 4, contextLength: 16_384 } };
    expect(judge(more, { memory: onCpu + 7 * 256 * MiB })).toEqual(yes);
    expect(judge(more, { memory: onCpu + 7 * 256 * MiB - 1 })).toMatchObject({ fits: "no" });
  });

  it("takes its limit at most", () => {
    const limit = { ...unknownModel, memory: "4GiB" };
    expect(judge(limit, { memory: 4 * GiB })).toEqual(yes);
    expect(judge(limit, { memory: 4 * GiB - 1 })).toEqual({
      fits: "unknown",
      why: "how much memory someone/gemma:1 takes is not known, up to its limit of 4 GiB, and 4 GiB are free",
    });
  });

  it("is not known to fit where neither its model nor a limit tells its need", () => {
    expect(judge(unknownModel, { memory: GiB })).toEqual({
      fits: "unknown",
      why: "how much memory someone/gemma:1 takes is not known, and 1 GiB are free",
    });
  });

  it("needs room for all of its models that are loaded at once", () => {
    const several = { models: ["gemma3n:e4b", "bge-m3:567m"], ollama: { maxLoadedModels: 2 } };
    expect(judge(several, { memory: 11_658_051_737 })).toEqual(yes);
    expect(judge(several, { memory: 11_658_051_736 })).toEqual({
      fits: "no",
      why: "another one needs 10.9 GiB of memory, and 10.9 GiB are free",
    });
    const unknown = { models: ["gemma3n:e4b", "someone/gemma:1", "someone/gemma:2"] };
    expect(judge(unknown, { memory: 10 * GiB })).toEqual({
      fits: "unknown",
      why: "how much memory someone/gemma:1 and someone/gemma:2 take is not known, and 10 GiB are free",
    });
  });

  it("is not known to fit where the free memory is unknown", () => {
    expect(judge({}, { memory: undefined })).toEqual({
      fits: "unknown",
      why: "/proc/meminfo does not tell the free memory",
    });
  });
});

describe("a second server on a host's GPUs", () => {
  it("fits where both memories have exactly what it needs", () => {
    expect(judge({ gpus: "1" }, { memory: besideGpu, gpus: [gpu(0, onGpu + margin)] })).toEqual(yes);
  });

  it.each([
    [besideGpu - 1, onGpu + margin],
    [besideGpu, onGpu + margin - 1],
  ])("does not fit where one has a byte less: %d and %d", (memory, free) => {
    expect(judge({ gpus: "1" }, { memory, gpus: [gpu(0, free)] })).toMatchObject({ fits: "no" });
  });

  it("says what each memory lacks", () => {
    expect(judge({ gpus: "1" }, { memory: 2 * GiB, gpus: [gpu(0, 900 * MiB)] })).toEqual({
      fits: "no",
      why:
        "another one needs 5.38 GiB of memory, and 2 GiB are free; " +
        "another one needs 4.4 GiB of GPU memory, and 900 MiB are free on the reserved GPUs",
    });
  });

  it("is shared out to all that are reserved, each of which keeps some free", () => {
    const gpus = [gpu(0, onGpu / 2 + margin), gpu(1, onGpu / 2 + margin)];
    expect(judge({ gpus: "2" }, { gpus })).toEqual(yes);
    expect(judge({ gpus: "all" }, { gpus })).toEqual(yes);
    expect(judge({ gpus: "2" }, { gpus: [gpu(0, onGpu / 2 + margin), gpu(1, onGpu / 2 + margin - 1)] })).toEqual({
      fits: "no",
      why: "another one needs 5.4 GiB of GPU memory, and 2.7 GiB + 2.7 GiB are free on the reserved GPUs",
    });
  });

  it("does without a GPU that is full", () => {
    expect(judge({ gpus: "2" }, { gpus: [gpu(0, margin), gpu(1, onGpu + margin)] })).toEqual(yes);
    expect(judge({ gpus: "2" }, { gpus: [gpu(0, margin), gpu(1, onGpu + margin - 1)] })).toMatchObject({ fits: "no" });
  });

  it("leaves alone what ollama.gpuOverhead keeps on each", () => {
    const overhead = { gpus: "1", ollama: { gpuOverhead: "512m" } };
    expect(judge(overhead, { gpus: [gpu(0, onGpu + margin + 512 * MiB)] })).toEqual(yes);
    expect(judge(overhead, { gpus: [gpu(0, onGpu + margin + 512 * MiB - 1)] })).toMatchObject({ fits: "no" });
  });

  it.each<[string, readonly FreeGpu[]]>([
    ["1", [gpu(0, 0), gpu(1, 80 * GiB)]],
    ["device=0", [gpu(0, 0), gpu(1, 80 * GiB)]],
    ["device=GPU-0", [gpu(1, 80 * GiB), gpu(0, 0)]],
  ])("counts those alone that gpus: %s reserves", (gpus, there) => {
    expect(judge({ gpus }, { gpus: there })).toMatchObject({ fits: "no" });
  });

  it.each<[string, string, readonly FreeGpu[] | undefined]>([
    ["is not there", "1", undefined],
    ["lists none", "all", []],
    ["does not tell it of one", "2", [gpu(0, 80 * GiB), gpu(1, undefined)]],
    ["does not list the one that is reserved", "device=3", [gpu(0, 80 * GiB)]],
    ["lists whole ones, and a part is reserved", "device=0:1", [gpu(0, 80 * GiB)]],
  ])("is not known to fit where nvidia-smi %s", (_, gpus, there) => {
    expect(judge({ gpus }, { gpus: there })).toEqual({
      fits: "unknown",
      why: "nvidia-smi does not tell the free memory of the reserved GPUs",
    });
  });

  it("is not known to fit where the model's share is unknown, unless what is known does not fit", () => {
    const e2b = { gpus: "1", models: [{ name: "gemma3n:e2b" }], memory: "2GiB" };
    expect(judge(e2b, { gpus: [gpu(0, 80 * GiB)] })).toEqual({
      fits: "unknown",
      why: "how much GPU memory gemma3n:e2b takes is not known, and 80 GiB are free on the reserved GPUs",
    });
    expect(judge(e2b, { gpus: [gpu(0, margin + 700 * MiB)] })).toMatchObject({ fits: "no" });
    expect(judge({ ...unknownModel, gpus: "1", memory: "2GiB" }, { gpus: [gpu(0, 0)] })).toMatchObject({
      fits: "unknown",
    });
  });

  it("does not fit where one memory is short, whatever is unknown of the other", () => {
    expect(judge({ gpus: "1" }, { memory: undefined, gpus: [gpu(0, 0)] })).toMatchObject({ fits: "no" });
    expect(judge({ gpus: "1" }, { memory: GiB, gpus: undefined })).toMatchObject({ fits: "no" });
  });

  it("is no matter without a reservation", () => {
    expect(judge({}, { gpus: [gpu(0, 0)] })).toEqual(yes);
  });
});
