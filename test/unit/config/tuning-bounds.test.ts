import { describe, expect, it } from "vitest";
import { problemsOf } from "../support/raw-config.ts";

describe("the tuning of the server", () => {
  it.each([
    ["numParallel", 1, 256],
    ["maxLoadedModels", 1, 256],
    ["maxQueue", 1, 65_536],
    ["contextLength", 256, 4_194_304],
    ["threads", 1, 512],
  ])("takes %s from %d to %d, what the server and its runner can count", (key, least, most) => {
    const models = ["someone/gemma:1"];
    const problems = (value: number) => problemsOf({ models, ollama: { [key]: value } });
    expect([problems(least), problems(most)]).toEqual([[], []]);
    const message = `ollama.${key}: write a whole number, ${least} to ${most}`;
    expect([problems(least - 1), problems(most + 1)]).toEqual([[message], [message]]);
  });
});
