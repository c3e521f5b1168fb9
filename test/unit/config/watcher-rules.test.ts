import { describe, expect, it } from "vitest";
import { problemsOf } from "../support/raw-config.ts";

const on = (watcher: object) => ({ watcher: { enabled: true, ...watcher } });

describe("the rules of the watcher", () => {
  it.each([
    [
      "an image that can move",
      { image: "node:24" },
      "watcher.image: the watcher needs an image that cannot move: add its @sha256:… digest, or write the sha256:… ID of a " +
        "loaded image",
    ],
    [
      "looks that are rarer than questions",
      { interval: "2m", generationInterval: "1m", timeout: "10m" },
      "watcher.interval: it looks every 120 s, and is to ask a model every 60 s: write 60s or less",
    ],
    [
      "looks that are too rare for the time of an answer",
      { interval: "10s", timeout: "15s" },
      "watcher.timeout: it looks every 10 s, and would not see that something comes of an answer in 15 s: write 20s or more",
    ],
  ])("refuse %s", (_, watcher, problem) => {
    expect(problemsOf(on(watcher))).toEqual([problem]);
    expect(problemsOf({ watcher })).toEqual([]);
  });

  it("accept what stands there by default, and times that are just enough", () => {
    expect(problemsOf(on({}))).toEqual([]);
    expect(problemsOf(on({ interval: "10s", generationInterval: "10s", timeout: "20s" }))).toEqual([]);
  });
});
