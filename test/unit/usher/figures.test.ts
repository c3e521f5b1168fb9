import { describe, expect, it } from "vitest";
import { endpointOf } from "../../../usher/endpoints.ts";
import { Figures } from "../../../usher/figures.ts";
import { RequestEntry } from "../../../usher/request-entry.ts";

function entry(more: Partial<RequestEntry> = {}): RequestEntry {
  return Object.assign(new RequestEntry("web", "/api/chat"), { model: "gemma3n:e2b", ...more });
}

const now = new Date("2026-11-27T01:02:03.456Z");
const read = { promptTokens: 12, answerTokens: 40, answerSeconds: 2, failed: false };

describe("a line of the log", () => {
  it("has what there is to know of a request", () => {
    const line = entry({ bytes: 99, firstByteMs: 1.23456, durationMs: 2000, figures: read }).line(200, now);
    expect(JSON.parse(line)).toEqual({
      time: "2026-11-27T01:02:03.456Z",
      client: "web",
      endpoint: "/api/chat",
      model: "gemma3n:e2b",
      status: 200,
      first_byte_ms: 1.235,
      duration_ms: 2000,
      prompt_tokens: 12,
      answer_tokens: 40,
      bytes: 99,
      failure: null,
    });
    expect(line).not.toContain("\n");
  });

  it("says null for what there is not", () => {
    const line = entry({ model: undefined, failure: "left" }).line(499, now);
    expect(JSON.parse(line)).toMatchObject({
      model: null,
      first_byte_ms: null,
      duration_ms: 0,
      prompt_tokens: null,
      answer_tokens: null,
      failure: "left",
    });
  });
});

describe("the rate of an answer", () => {
  it.each([
    [read, 20],
    [{ ...read, answerSeconds: undefined }, 80],
    [{ ...read, answerTokens: 1 }, undefined],
    [{ ...read, answerTokens: undefined }, undefined],
    [{ ...read, answerSeconds: 0 }, undefined],
  ])("of %j is %s tokens per second", (figures, rate) => {
    expect(entry({ figures, firstByteMs: 500, durationMs: 1000 }).tokensPerSecond).toBe(rate);
  });
});

describe("figures", () => {
  it("are those of each client, model and endpoint", async () => {
    const figures = new Figures(() => 7);
    for (const name of ["begin", "begin", "begin"] as const) figures[name]("web");
    figures.end(entry({ bytes: 99, firstByteMs: 20, durationMs: 90_000, figures: read }), 200);
    figures.end(entry({ model: undefined, failure: "left" }), 499);
    figures.between(entry(), 0.04);
    figures.between(entry(), 12);
    figures.disturbed("web", ["keep_alive", "options.num_ctx"], "dropped");
    figures.disturbed("web", ["keep_alive"], "dropped");
    figures.disturbed("web", ["shift"], "refused");
    const text = await figures.text();
    const labels = 'client="web",endpoint="/api/chat",model="gemma3n:e2b"';
    for (const line of [
      `usher_requests_total{${labels},status="200"} 1`,
      'usher_requests_total{client="web",endpoint="/api/chat",model="",status="499"} 1',
      'usher_failures_total{client="web",endpoint="/api/chat",model="",failure="left"} 1',
      'usher_requests_running{client="web"} 1',
      `usher_prompt_tokens_total{${labels}} 12`,
      `usher_answer_tokens_total{${labels}} 40`,
      `usher_answer_bytes_total{${labels}} 99`,
      `usher_first_byte_seconds_bucket{le="0.01",${labels}} 0`,
      `usher_first_byte_seconds_bucket{le="0.025",${labels}} 1`,
      `usher_duration_seconds_bucket{le="60",${labels}} 0`,
      `usher_duration_seconds_bucket{le="120",${labels}} 1`,
      `usher_duration_seconds_bucket{le="600",${labels}} 1`,
      `usher_tokens_per_second_sum{${labels}} 20`,
      'usher_between_tokens_seconds_bucket{le="0.03",client="web",model="gemma3n:e2b"} 0',
      'usher_between_tokens_seconds_bucket{le="0.05",client="web",model="gemma3n:e2b"} 1',
      'usher_between_tokens_seconds_bucket{le="30",client="web",model="gemma3n:e2b"} 2',
      'usher_disturbing_keys_total{client="web",key="keep_alive",outcome="dropped"} 2',
      'usher_disturbing_keys_total{client="web",key="options.num_ctx",outcome="dropped"} 1',
      'usher_disturbing_keys_total{client="web",key="shift",outcome="refused"} 1',
      "usher_body_bytes 7",
    ])
      expect(text.split("\n")).toContain(line);
  });
});

describe("the name of an endpoint", () => {
  it.each([
    ["/api/chat", "/api/chat"],
    ["/v1/chat/completions", "/v1/chat/completions"],
    ["/", "/"],
    ["/v1/models", "/v1/models"],
    ["/v1/models/a/b:c", "/v1/models/:model"],
    ["/api/chat/", "other"],
    ["/constructor", "other"],
  ])("of %s is %s", (path, name) => {
    expect(endpointOf(path)).toBe(name);
  });
});
