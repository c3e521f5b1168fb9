import { describe, expect, it } from "vitest";
import type { Sample } from "../../../../operations/measure/load-request.ts";
import { stepOf } from "../../../../operations/measure/load-step.ts";
import { meanOf, quantilesOf } from "../../../../operations/measure/quantiles.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("quantiles", () => {
  it("are values that were seen, in whatever order they came", () => {
    const seen = quantilesOf(numbers(100).toReversed());
    expect(Object.values(seen ?? {}).map(({ value }) => value)).toEqual([50, 90, 95, 99]);
  });

  it("are of rates what so many reach at least", () => {
    const seen = quantilesOf(numbers(100), "more");
    expect(Object.values(seen ?? {}).map(({ value }) => value)).toEqual([51, 11, 6, 2]);
  });

  it("tell between which values they would come again, and where there are too few to tell", () => {
    const seen = quantilesOf(numbers(100));
    expect(seen?.p50).toEqual({ value: 50, low: 40, high: 61 });
    expect(seen?.p99).toEqual({ value: 99, low: null, high: null });
    expect(quantilesOf(numbers(100), "more")?.p50).toEqual({ value: 51, low: 40, high: 61 });
    expect(quantilesOf([7])?.p50).toEqual({ value: 7, low: null, high: null });
    expect(quantilesOf([])).toBeUndefined();
  });

  it("have the mean of equal parts of a time beside them, with what it varies by", () => {
    expect(meanOf([5, 5, 5, 5, 5])).toEqual({ value: 5, low: 5, high: 5 });
    const { value, low, high } = meanOf([1, 2, 3, 4, 5]);
    expect([value, low?.toFixed(3), high?.toFixed(3)]).toEqual([3, "1.614", "4.386"]);
    expect(meanOf([1, 2])).toEqual({ value: 1.5, low: null, high: null });
  });
});

describe("the figures of a step", () => {
  /** Answers of five tokens, the first after 400 ms of which 100 ms are reading the prompt, the others each 100 ms later. */
  const sample = (began: number, changes: Partial<Sample> = {}): Sample => ({
    began,
    ended: began + 800,
    parts: [400, 500, 600, 700, 800].map((after) => began + after),
    answerTokens: 5,
    promptTokens: 20,
    cachedTokens: 5,
    promptTime: 100,
    loadTime: 50,
    ...changes,
  });
  const failed = { ...sample(0), failure: "status 429", parts: [], answerTokens: 0 };
  const loop = { samples: [sample(0), sample(1200), failed], began: 0, ended: 2000 };
  const step = (slo = { firstToken: 1, tokens: 5 }) => stepOf({ clients: 2 }, "short", loop, { slo, others: false });

  it("are those of whole answers, in seconds and tokens", () => {
    const { firstToken, queue, betweenTokens, whole, tokensPerSecond, promptSeconds, ...counts } = step();
    const middle = [firstToken, queue, betweenTokens, whole, tokensPerSecond, promptSeconds].map((of) => of?.p50.value);
    expect(middle).toEqual([0.4, 0.25, 0.1, 0.8, 10, 0.1]);
    expect(counts).toEqual({
      prompt: "short",
      clients: 2,
      seconds: 2,
      answers: 2,
      failures: { "status 429": 1 },
      promptTokens: 20,
      cachedShare: 0.25,
      answerTokens: 5,
      allTokensPerSecond: expect.objectContaining({ value: 5 }) as object,
      requestsPerSecond: 1,
      goodput: 1,
      others: false,
    });
  });

  it("count as good what was fast enough in both ways", () => {
    const goodput = (firstToken: number, tokens: number) => step({ firstToken, tokens }).goodput;
    expect([goodput(0.4, 10), goodput(0.39, 10), goodput(0.4, 10.1)]).toEqual([1, 0, 0]);
  });

  it("are none where nothing was answered", () => {
    const none = stepOf(
      { clients: 1 },
      "long",
      { samples: [failed], began: 0, ended: 1000 },
      { slo: { firstToken: 1, tokens: 1 }, others: true },
    );
    expect([none.answers, none.firstToken, none.cachedShare, none.goodput, none.others]).toEqual([
      0,
      null,
      null,
      0,
      true,
    ]);
  });
});
