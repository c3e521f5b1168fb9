import { describe, expect, it } from "vitest";
import { defaultSteps, loadPlan } from "../../../../operations/measure/load-options.ts";
import { answeredIn, orUnknown, runningIn } from "../../../../operations/measure/other-requests.ts";
import { planOf, promptOf } from "../../../../operations/measure/prompt.ts";
import { randomFrom } from "../../../support/random.ts";

describe("how a run is done", () => {
  it("goes by the slots of the server, unless it is said otherwise", () => {
    expect(loadPlan({}, 4)).toEqual({
      steps: [1, 2, 4, 8],
      seconds: 60,
      prompts: ["short", "long"],
      answerTokens: 64,
      slo: { firstToken: 2, tokens: 5 },
    });
    expect([1, 3, 6].map(defaultSteps)).toEqual([
      [1, 2],
      [1, 2, 3, 4, 6],
      [1, 2, 4, 6, 8, 12],
    ]);
    const words = {
      steps: "8, 1,1",
      seconds: "2m",
      prompt: "long",
      "answer-tokens": "16",
      "slo-ttft": "500ms",
      "slo-tokens": "7.5",
    };
    expect(loadPlan(words, 4)).toEqual({
      steps: [1, 8],
      seconds: 120,
      prompts: ["long"],
      answerTokens: 16,
      slo: { firstToken: 0.5, tokens: 7.5 },
    });
  });

  it.each([
    [{ steps: "1,x" }, '--steps got "x": write numbers of clients, for example 1,2,4'],
    [{ steps: "0" }, '--steps got "0": write numbers of clients, for example 1,2,4'],
    [{ seconds: "0" }, '--seconds got "0": write a time above 0, for example 60 or 2m'],
    [{ prompt: "mid" }, '--prompt got "mid": write short, long or both'],
    [{ "answer-tokens": "1.5" }, '--answer-tokens got "1.5": write a whole number from 1 to 100000'],
    [{ "slo-tokens": "fast" }, '--slo-tokens got "fast": write a number, for example 5'],
  ])("refuses %o", (words, message) => {
    expect(() => loadPlan(words, 1)).toThrow(message);
  });
});

describe("a prompt", () => {
  const plan = { contextLength: 8192, answerTokens: 64, sharedPrefix: false };

  it("has the words of its kind, or as many as the context holds", () => {
    expect(planOf("short", plan).words).toBe(32);
    expect(planOf("long", plan).words).toBe(800);
    expect(planOf("long", { ...plan, contextLength: 1024 }).words).toBe(448);
    expect(planOf("long", { ...plan, contextLength: 100 }).words).toBe(1);
  });

  it("begins as no other does, or as all do up to its last words", () => {
    const beginnings = (sharedPrefix: boolean, words: number) => {
      const random = randomFrom(1);
      const prompts = Array.from({ length: 100 }, () => promptOf(planOf("short", { ...plan, sharedPrefix }), random));
      return new Set(prompts.map((prompt) => prompt.split(" ").slice(0, words).join(" "))).size;
    };
    expect([beginnings(false, 8), beginnings(true, 24), beginnings(true, 32)]).toEqual([100, 1, 100]);
  });
});

describe("others who ask", () => {
  it("are found among the figures of an usher and in the log of a server", () => {
    const figures =
      'usher_requests_running{client="web"} 2\nusher_requests_running{client="batch"} 0\nusher_x{client="web"} 9\n';
    expect(runningIn(figures)).toEqual([
      ["web", 2],
      ["batch", 0],
    ]);
    const line = (method: string, path: string) =>
      `[GIN] 2026/11/28 - 06:02:27 | 200 |      15.783µs |      172.17.0.1 | ${method.padEnd(8)} "${path}"`;
    const log = [
      line("POST", "/api/chat"),
      line("GET", "/api/tags"),
      line("POST", "/v1/chat/completions"),
      line("POST", "/api/show"),
      "POST /api/chat",
    ];
    expect([answeredIn(log.join("\n")), answeredIn("")]).toEqual([2, 0]);
  });

  it("are nobody where nobody can tell, which is said once", async () => {
    const said: string[] = [];
    const look = orUnknown(
      () => Promise.reject(new Error("no such container")),
      (line) => said.push(line),
    );
    expect([await look(), await look()]).toEqual([undefined, undefined]);
    expect(said).toEqual(["Whether others ask meanwhile cannot be seen: no such container"]);
  });
});
