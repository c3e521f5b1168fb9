import { describe, expect, it } from "vitest";
import { freeGpusIn, gatherRoom } from "../../../engine/room.ts";
import { fakePrograms } from "../support/fake-program.ts";

const MiB = 1024 ** 2;
const one = { kind: "count", count: 1 } as const;

describe("the free memory of GPUs", () => {
  it.each([
    ["one", "0, GPU-a, 22731\n", [{ index: "0", uuid: "GPU-a", free: 22_731 * MiB }]],
    [
      "several, one of them full",
      "0, GPU-a, 22731\r\n1, GPU-b, 0\r\n",
      [
        { index: "0", uuid: "GPU-a", free: 22_731 * MiB },
        { index: "1", uuid: "GPU-b", free: 0 },
      ],
    ],
    ["one that does not tell", "3, GPU-a, [N/A]\n", [{ index: "3", uuid: "GPU-a", free: undefined }]],
    ["one with units", "0, GPU-a, 22731 MiB\n", [{ index: "0", uuid: "GPU-a", free: undefined }]],
    ["no GPU", "No devices were found\n", []],
    ["nothing", "", []],
  ])("is read of %s", (_, text, gpus) => {
    expect(freeGpusIn(text)).toEqual(gpus);
  });
});

describe("the room on a host", () => {
  it("is what the kernel and nvidia-smi tell", async () => {
    fakePrograms({
      "nvidia-smi":
        '[ "$*" = "--query-gpu=index,uuid,memory.free --format=csv,noheader,nounits" ] && printf "0, GPU-a, 7\\n"',
    });
    const { memory = 0, gpus } = await gatherRoom(one);
    expect(memory).toBeGreaterThan(0);
    expect(gpus).toEqual([{ index: "0", uuid: "GPU-a", free: 7 * MiB }]);
  });

  it("has unknown GPUs where nvidia-smi fails", async () => {
    fakePrograms({ "nvidia-smi": "echo 0, GPU-a, 7; exit 9" });
    expect((await gatherRoom(one)).gpus).toBeUndefined();
  });

  it("is not asked for GPUs that nobody reserves", async () => {
    fakePrograms({ "nvidia-smi": "echo 0, GPU-a, 7" });
    expect((await gatherRoom({ kind: "none" })).gpus).toBeUndefined();
  });
});
