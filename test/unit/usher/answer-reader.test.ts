import { describe, expect, it } from "vitest";
import { AnswerReader } from "../../../usher/answer-reader.ts";

/** What is read of an answer, in one piece and byte by byte. */
function figuresOf(type: string | undefined, body: string) {
  const bytes = Buffer.from(body);
  const all = [[bytes], Array.from(bytes, (byte) => Buffer.from([byte]))].map((pieces) => {
    const reader = new AnswerReader(type);
    for (const piece of pieces) reader.write(piece);
    return reader.end();
  });
  expect(all[1]).toEqual(all[0]);
  return all[0];
}

const nothing = { promptTokens: undefined, answerTokens: undefined, answerSeconds: undefined, failed: false };
const counts = '"prompt_eval_count":12,"eval_count":34,"eval_duration":1500000000';
const read = { promptTokens: 12, answerTokens: 34, answerSeconds: 1.5, failed: false };
const tokens = { ...nothing, promptTokens: 12, answerTokens: 34 };
const lines = "application/x-ndjson";
const events = "text/event-stream";
const object = "application/json; charset=utf-8";

describe("figures of an answer", () => {
  it.each([
    [lines, `{"response":"a","done":false}\n{"response":"","done":true,"context":[1,2,3],${counts}}\n`, read],
    [lines, `{"done":true,${counts}}`, read],
    [lines, `{"response":"\\"eval_count\\":9"}\n\nnot JSON\n{"done":true,${counts}}\n`, read],
    [lines, '{"message":{"content":"a"},"done":false}\n', nothing],
    [object, `{"message":{"content":"a"},"done":true,${counts}}`, read],
    [object, '{"embeddings":[[0.1,-2e-3]],"prompt_eval_count":12}', { ...nothing, promptTokens: 12 }],
    [
      object,
      '{"choices":[{"usage":{}}],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}',
      tokens,
    ],
    [object, '{"output":[],"usage":{"input_tokens":12,"output_tokens":34}}', tokens],
    [object, '{"usage":7,"eval_count":"34","prompt_eval_count":null}', nothing],
    [
      events,
      'data: {"choices":[{}],"usage":null}\n\ndata: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34}}\n\ndata: [DONE]\n\n',
      tokens,
    ],
    [
      events,
      'event: response.completed\r\ndata:{"type":"response.completed","response":{"usage":{"input_tokens":12,"output_tokens":34},"error":null}}\r\n\r\n',
      tokens,
    ],
    [
      events,
      'event: message_start\ndata: {"message":{"usage":{"input_tokens":9,"output_tokens":0}}}\n\n' +
        'event: message_delta\ndata: {"usage":{"input_tokens":1,"cache_read_input_tokens":11,"output_tokens":34}}\n\n',
      tokens,
    ],
    [events, ': comment\nid: 7\ndatum: {"usage":{"prompt_tokens":1}}\n\ndata', nothing],
    ["text/plain", `{${counts}}`, nothing],
    [undefined, `{${counts}}`, nothing],
  ])("in %s: %s", (type, body, figures) => {
    expect(figuresOf(type, body)).toEqual(figures);
  });

  it.each([
    [lines, '{"done":false}\n{"error":"out of memory"}\n'],
    [lines, '{"error":"out of memory"}'],
    [object, '{"error":"out of memory"}'],
    [events, 'data: {"error":{"message":"out of memory"}}\n\n'],
    [events, 'data: {"response":{"error":{"code":"server_error"}}}\n\n'],
  ])("say that it failed, in %s: %s", (type, body) => {
    expect(figuresOf(type, body)).toEqual({ ...nothing, failed: true });
  });

  it.each([
    ['data: {"choices":[]}\n\ndata: [DONE]\n\n', false],
    ["event: response.completed\r\ndata: {}\r\n\r\n", false],
    ["event: message_stop\ndata: {}", false],
    ['data: {"error":{"message":"out of memory"}}\n\n', false],
    ['data: {"choices":[{"delta":{"content":"data: [DONE]"}}]}\n\n', true],
    ["data: [DONE] and more\n\n", true],
    ["", true],
  ])("of %j tell that it ended early: %s", (body, isEarly) => {
    for (const pieces of [[body], Array.from(body)]) {
      const reader = new AnswerReader(events);
      for (const piece of pieces) reader.write(Buffer.from(piece));
      reader.end();
      expect(reader.endedEarly).toBe(isEarly);
    }
  });

  it("are known to be between lines or not", () => {
    const reader = new AnswerReader(lines);
    const seen = ["{", "}", "\n", '{"a":1}\n', "{}\n{"].map((piece) => {
      reader.write(Buffer.from(piece));
      return reader.betweenLines;
    });
    expect(seen).toEqual([false, false, true, true, false]);
  });
});
