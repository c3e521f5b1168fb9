import { expect, it } from "vitest";
import { Figures } from "../../../usher/figures.ts";
import { RequestEntry } from "../../../usher/request-entry.ts";
import { readRequests } from "../../../watcher/usher-figures.ts";

function ended(figures: Figures, model: string, status: number, bytes: number): void {
  const entry = new RequestEntry("web", "generate");
  entry.model = model;
  if (bytes > 0) entry.add(bytes);
  figures.begin("web");
  figures.end(entry, status);
}

it("reads of the usher's own figures what runs, what has ended well, and what rises with it", async () => {
  const figures = new Figures(() => 0);
  figures.begin("web");
  figures.begin("batch");
  expect(readRequests(await figures.text())).toEqual({ running: 2, progress: 0, finished: {}, failed: {} });
  ended(figures, "a:1", 200, 100);
  ended(figures, "a:1", 200, 50);
  ended(figures, "b:1", 200, 7);
  ended(figures, "b:1", 503, 0);
  ended(figures, "b:1", 500, 0);
  // The bytes, and three first ones.
  expect(readRequests(await figures.text())).toEqual({
    running: 2,
    progress: 160,
    finished: { "a:1": 2, "b:1": 1 },
    failed: { "b:1": 1 },
  });
});
