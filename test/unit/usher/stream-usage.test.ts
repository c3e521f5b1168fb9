import { describe, expect, it } from "vitest";
import { UsageFilter } from "../../../usher/stream-usage.ts";
import { ruled } from "./support/ruled.ts";
import { runningUsher } from "./support/running-usher.ts";
import { stubOllama } from "./support/stub-ollama.ts";

const path = "/v1/chat/completions";

describe("the counts of a stream", () => {
  const wish = '"include_usage":true';

  it.each([
    ['{"stream":true}', `{"stream":true,"stream_options":{${wish}}}`],
    ['{"stream":true,"stream_options":null}', `{"stream":true,"stream_options":{${wish}}}`],
    ['{"Stream_Options":{},"stream":true}', `{"Stream_Options":{${wish}},"stream":true}`],
    ['{"stream_options":{"a":1},"stream":true}', `{"stream_options":{"a":1,${wish}},"stream":true}`],
    [
      '{"stream_options":{"include_usage":false,"a":1},"stream":true}',
      `{"stream_options":{"a":1,${wish}},"stream":true}`,
    ],
  ])("are asked for: %s", (body, left) => {
    expect(ruled(path, [Buffer.from(body)])).toEqual({ text: left, model: undefined, hidesUsage: true });
  });

  it.each([
    [path, '{"stream":true,"stream_options":{"include_usage":true}}'],
    [path, '{"stream":true,"stream":false}'],
    [path, '{"stream":false}'],
    [path, "{}"],
    [path, '{"stream":true,"stream_options":{},"stream_options":{}}'],
    [path, '{"stream":true,"stream_options":[]}'],
    ["/v1/completions", '{"stream":true}'],
    ["/v1/responses", '{"stream":true}'],
    ["/api/chat", '{"stream":true}'],
  ])("are left as they are for %s in %s", (asked, body) => {
    expect(ruled(asked, [Buffer.from(body)])).toEqual({ text: body, model: undefined, hidesUsage: false });
  });
});

const content = 'data: {"choices":[{"delta":{"content":"\\"choices\\":[] \\"usage\\":{"}}]}\n\n';
const end = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const usage = 'data: {"id":"1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34}}\n\n';
const last = "data: [DONE]\n\n";

describe("a stream with counts that nobody asked for", () => {
  function filtered(...pieces: readonly string[]): string[] {
    const filter = new UsageFilter();
    return [...pieces.map((piece) => filter.write(Buffer.from(piece)).toString()), filter.end().toString()];
  }

  it("loses their event, and nothing else", () => {
    expect(filtered(content, end, usage, last)).toEqual([content, end, "", last, ""]);
    expect(filtered(content + end + usage + last)).toEqual([content + end + last, ""]);
    const empty = 'data: {"choices":[]}\n\n';
    expect(filtered(empty + usage + last)).toEqual([empty + last, ""]);
  });

  it("loses it in pieces of every size, but for empty lines", () => {
    const all = content + end + usage + last;
    for (let size = 1; size < all.length; size++) {
      const pieces = all.match(new RegExp(`.{1,${size}}`, "gs")) ?? [];
      expect(
        filtered(...pieces)
          .join("")
          .replaceAll(/\n+/g, "\n"),
      ).toBe((content + end + last).replaceAll(/\n+/g, "\n"));
    }
  });

  it.each([
    'data: {"choices":[]}\n\n',
    "data: {}",
    `data: {"choices":[{"delta":{"content":"${"x".repeat(100_000)}"}}]}`,
  ])("keeps %s", (event) => {
    expect(filtered(event).join("")).toBe(event);
  });

  it("has a line of the log with them", async () => {
    const ollama = await stubOllama((response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      for (const event of [content, end, usage, last]) response.write(event);
      response.end();
    });
    const usher = await runningUsher(ollama);
    const { body } = await usher.send("POST", path, '{"model":"all-minilm","stream":true}');
    expect(body).toBe(content + end + last);
    expect(await usher.line()).toMatchObject({
      prompt_tokens: 12,
      answer_tokens: 34,
      bytes: body.length,
      failure: null,
    });
    const asked = '{"model":"all-minilm","stream":true,"stream_options":{"include_usage":true}}';
    expect(ollama.got.map((got) => got.body)).toEqual([asked]);
    expect((await usher.send("POST", path, asked)).body).toBe(content + end + usage + last);
  });
});
