import type * as promises from "node:fs/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { requireSpace } from "../../../../offline/bundle/space.ts";
import { failureOf } from "../../support/temp-folder.ts";

const { statfs } = vi.hoisted(() => ({ statfs: vi.fn() }));
vi.mock("node:fs/promises", async (original) => ({ ...(await original<typeof promises>()), statfs }));

const GiB = 1024 ** 3;

/** A disk with so many GiB free. */
function disk(free: number, inodes: { files?: number; ffree?: number } = {}) {
  statfs.mockResolvedValue({ bavail: free * 1024, bfree: 1e9, bsize: 1024 ** 2, files: 0, ffree: 0, ...inodes });
}

const place = { out: "/media/usb", archive: false, partSize: 2 * GiB };

/** Of what is there and stays, has to be written, and goes, GiB. */
const plan = (stayingBytes: number, missingBytes: number, leavingBytes = 0) => ({
  stayingBytes: stayingBytes * GiB,
  missingBytes: missingBytes * GiB,
  leavingBytes: leavingBytes * GiB,
});

describe("the disk that a package is written to", () => {
  afterEach(() => {
    statfs.mockReset();
  });

  it.each([
    ["what is missing, to the byte", 3, plan(0, 3)],
    ["nothing more beside what stays", 0, plan(9, 0)],
    ["what is missing once what goes is gone", 1, plan(0, 9, 8)],
  ])("has room for %s", async (_, free, wanted) => {
    disk(free);
    await requireSpace(place, wanted);
    expect(statfs.mock.calls).toEqual([["/media/usb"]]);
  });

  it("is too small by a byte, and what is kept for root does not count", async () => {
    disk(3);
    expect(await failureOf(requireSpace(place, { ...plan(0, 3), missingBytes: 3 * GiB + 1 }))).toBe(
      "The disk of /media/usb is too small for the package: 3 GiB are needed, 3 GiB are free; nothing was changed, " +
        "free another 1 bytes or name another disk",
    );
  });

  it("is told with what is there, and stays or goes: another model does not count as this one", async () => {
    disk(0.5);
    expect(await failureOf(requireSpace(place, plan(1.5, 9, 7)))).toBe(
      "The disk of /media/usb is too small for the package: 9 GiB are needed beside the 1.5 GiB that are there and stay, " +
        "512 MiB are free, and 7 GiB of what the package has no more; nothing was changed, " +
        "free another 1.5 GiB or name another disk",
    );
  });

  it("has to hold an archive beside the whole folder", async () => {
    disk(7);
    await requireSpace({ ...place, archive: true }, plan(3, 2));
    expect(await failureOf(requireSpace({ ...place, archive: true }, plan(3, 2.5)))).toBe(
      "The disk of /media/usb is too small for the package: 8 GiB are needed beside the 3 GiB that are there and stay, " +
        "7 GiB are free; nothing was changed, free another 1 GiB or name another disk",
    );
  });

  it("needs an inode for each part, where there is a number of them", async () => {
    disk(100, { files: 1000, ffree: 103 });
    await requireSpace(place, plan(0, 6));
    disk(100, { files: 1000, ffree: 102 });
    expect(await failureOf(requireSpace(place, plan(0, 6)))).toBe(
      "The disk of /media/usb has no room for more files: 103 inodes are needed, 102 are free; " +
        "nothing was changed, remove files that `df -i` counts, or name another disk",
    );
  });
});
