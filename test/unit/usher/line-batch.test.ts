import { expect, it, vi } from "vitest";
import { LineBatch } from "../../../usher/line-batch.ts";

const twoLines = () => {
  const write = vi.fn<(lines: string) => void>();
  const batch = new LineBatch(write);
  batch.add("web");
  batch.add("batch");
  return { batch, write };
};

it("writes lines that come in a short time at once", async () => {
  const { write } = twoLines();
  expect(write).not.toHaveBeenCalled();
  await vi.waitFor(() => {
    expect(write.mock.calls).toEqual([["web\nbatch\n"]]);
  });
});

it("writes what waits when it is asked to, and once", () => {
  const { batch, write } = twoLines();
  batch.flush();
  batch.flush();
  expect(write.mock.calls).toEqual([["web\nbatch\n"]]);
});
