import type * as promises from "node:fs/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { requireSpace } from "../../../../offline/bundle/space.ts";
import { failureOf } from "../../support/temp-folder.ts";

const { statfs } = vi.hoisted(() => ({ statfs: vi.fn() }));
vi.mock("node:fs/promises", async (original) => ({ ...(await original<typeof promises>()), statfs }));

const GiB = 1024 ** 3;

describe("the space on a disk", () => {
  afterEach(() => {
    statfs.mockReset();
  });

  it.each([0, 1, 3 * GiB])("is enough for %d bytes when 3 GiB are free", async (bytes) => {
    statfs.mockResolvedValue({ bavail: 3 * 1024, bsize: 1024 ** 2 });
    await requireSpace("/media/usb", bytes, "the package");
    expect(statfs.mock.calls).toEqual([["/media/usb"]]);
  });

  it("is too little by a byte, and what is kept for root does not count", async () => {
    statfs.mockResolvedValue({ bavail: 3 * 1024, bfree: 1e9, bsize: 1024 ** 2 });
    expect(await failureOf(requireSpace("/media/usb", 3 * GiB + 1, "the package"))).toBe(
      "The disk of /media/usb is too small for the package: 3 GiB are needed and 3 GiB are free; nothing was written, " +
        "free space or name another disk",
    );
  });

  it("is named with what is needed and what is free", async () => {
    statfs.mockResolvedValue({ bavail: 150, bsize: 1024 ** 2 });
    expect(await failureOf(requireSpace("out", 9.5 * GiB, "the archive"))).toBe(
      "The disk of out is too small for the archive: 9.5 GiB are needed and 150 MiB are free; nothing was written, " +
        "free space or name another disk",
    );
  });
});
