import { describe, expect, it } from "vitest";
import { comparisonText, sameAnswers } from "../../../runner/compare-servers.ts";
import { loadTime, residentMemoryIn, type ServerFigures } from "../../../runner/server-figures.ts";
import { MiB } from "../../../support/units.ts";

const before: ServerFigures = {
  image: "ollama/ollama:0.17.4",
  version: "0.17.4",
  answers: ["Paris, Rome and Madrid.", "one two", "The sky is blue."],
  tokensPerSecond: 41.26,
  processMemory: 512 * MiB,
  modelMemory: undefined,
  startSeconds: undefined,
  loadSeconds: 0.9,
};
const tried: ServerFigures = {
  image: "ollama/ollama:0.33.3",
  version: "0.33.3",
  answers: [" Paris,  Rome\nand Madrid.", `${"one ".repeat(20)}three ${"four ".repeat(20)}`, "The sky is blue."],
  tokensPerSecond: 100,
  processMemory: 256 * MiB,
  modelMemory: 130 * MiB,
  startSeconds: 4,
  loadSeconds: 2.62,
};

describe("a comparison of two servers", () => {
  it("counts the answers that are the same but for blanks", () => {
    expect(sameAnswers({ before, tried })).toBe(2);
    expect(sameAnswers({ before, tried: { ...tried, answers: ["paris, Rome and Madrid.", "", ""] } })).toBe(0);
  });

  it("is an aligned table, and shows where answers begin to differ", () => {
    expect(comparisonText({ first: "running", before, tried }).split("\n")).toEqual([
      "                                running               tried",
      "image                           ollama/ollama:0.17.4  ollama/ollama:0.33.3",
      "Ollama                          0.17.4                0.33.3",
      "answers, same word for word                           2 of 3",
      "tokens/s, median                41.3                  100.0",
      "memory of its processes         512 MiB               256 MiB",
      "memory of the model, by Ollama  unknown               130 MiB",
      "start until the gate is passed  unknown               4.0 s",
      "loading the model               0.9 s                 2.6 s",
      'Another answer to "Count from one to twenty in words."',
      '  running: "one two"',
      '  tried:   "one one one one one one one one one one one one one one one …"',
    ]);
  });

  it("shows the end of a long answer where it differs only there", () => {
    const long = (end: string) => ["same ".repeat(30) + end, ...before.answers.slice(1)];
    const text = comparisonText({
      first: "configured",
      before: { ...before, answers: long("here") },
      tried: { ...before, answers: long("there") },
    });
    expect(text.split("\n").slice(-2)).toEqual([
      `  configured: "…${"same ".repeat(30).slice(-56)}here"`,
      `  tried:      "…${"same ".repeat(30).slice(-55)}there"`,
    ]);
  });
});

describe("figures of a server", () => {
  it("adds up the memory of the processes", () => {
    expect(residentMemoryIn("PID                 RSS\n20140               43292\n20755               225080\n")).toBe(
      (43292 + 225080) * 1024,
    );
    expect(residentMemoryIn("PID RSS\n")).toBeUndefined();
  });

  it.each([
    ['msg="llama runner started in 0.90 seconds"\nmsg="llama runner started in 0.91 seconds"', 0.91],
    ['msg="llama-server started in 2.62 seconds"\n', 2.62],
    ["nothing", undefined],
  ])("reads what loading took from %j", (log, seconds) => {
    expect(loadTime(log)).toBe(seconds);
  });
});
