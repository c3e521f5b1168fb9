import { describe, expect, it } from "vitest";
import { readsThreadsFromEnvironment } from "../../../ollama/threads.ts";
import { threadsFor } from "../../../config/resolve.ts";

describe("readsThreadsFromEnvironment", () => {
  it.each([
    ["0.17.4", false],
    ["0.29.9", false],
    ["0.30.0", true],
    ["0.30.0-rc0", true],
    ["0.32.1-rc1", true],
    ["1.0.0", true],
  ])("of Ollama %s is %s", (version, reads) => {
    expect(readsThreadsFromEnvironment(version)).toBe(reads);
  });
});

describe("threadsFor", () => {
  it.each([
    [0, undefined],
    [0.5, 1],
    [1, 1],
    [1.9, 1],
    [8, 8],
  ])("gives for %d CPUs %s threads", (cpus, threads) => {
    expect(threadsFor(cpus)).toBe(threads);
  });
});
