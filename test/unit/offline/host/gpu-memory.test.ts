import { describe, expect, it } from "vitest";
import { freeGpuBytes, leastFree } from "../../../../offline/host/gpu-memory.ts";
import { fakePrograms } from "../../support/fake-program.ts";

const MiB = 1024 ** 2;

describe("the free memory of the GPUs", () => {
  it.each([
    ["one", "22731\n", 22_731 * MiB],
    ["several", "22731\n 512 \n80000\n", 512 * MiB],
    ["one that is full", "22731\n0\n", 0],
    ["carriage returns", "100\r\n200\r\n", 100 * MiB],
    ["one that does not tell", "[N/A]\n300\n", 300 * MiB],
    ["none that tells", "[N/A]\n", 0],
    ["no GPU", "No devices were found\n", 0],
    ["nothing", "", 0],
    ["units", "22731 MiB\n", 0],
    ["a negative number", "-5\n", 0],
  ])("is the least of %s", (_, text, bytes) => {
    expect(leastFree(text)).toBe(bytes);
  });

  it("is what nvidia-smi says", async () => {
    fakePrograms({
      "nvidia-smi": '[ "$*" = "--query-gpu=memory.free --format=csv,noheader,nounits" ] && printf "7\\n9\\n"',
    });
    expect(await freeGpuBytes()).toBe(7 * MiB);
  });

  it("is none when nvidia-smi fails", async () => {
    fakePrograms({ "nvidia-smi": "echo 7; exit 9" });
    expect(await freeGpuBytes()).toBe(0);
  });
});
