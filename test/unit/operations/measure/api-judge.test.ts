import { describe, expect, it } from "vitest";
import { problemsOf, type Shape } from "../../../../operations/measure/api-judge.ts";
import { anthropic, errorShape, ollama, openai } from "../../../../operations/measure/api-shapes.ts";

const secret = "비밀의 답";
const json = (body: unknown, shape: Shape, status = 200) =>
  problemsOf({ status, type: "application/json; charset=utf-8", body: JSON.stringify(body) }, { status: 200, shape });
const of = (body: Extract<Shape, { kind: "json" }>["body"]): Shape => ({ kind: "json", body });

describe("what is wrong with an answer", () => {
  it("is told by field, with what stands there, and never with what was said", () => {
    const answer = { model: "a:1b", created_at: "yesterday", response: secret, done: "yes", eval_count: 1.5 };
    const seen = json(answer, of(ollama.generate));
    expect(seen).toEqual([
      'created_at: Invalid ISO datetime, got "yesterday"',
      'done: expected true, got "yes"',
      "done_reason: expected string, got nothing",
      "total_duration: expected number, got nothing",
      "load_duration: expected number, got nothing",
      "eval_count: expected int, got 1.5",
      "eval_duration: expected number, got nothing",
    ]);
    expect(seen.join("\n")).not.toContain(secret);
  });

  it("never shows a text where a model speaks, whatever is wrong with it", () => {
    const body = {
      id: "1",
      type: "message",
      role: "assistant",
      model: "a",
      content: secret,
      stop_reason: secret.repeat(20),
      usage: {},
    };
    const seen = json(body, of(anthropic.message)).join("\n");
    expect(seen).toContain(`content: expected array, got a text of ${secret.length} letters`);
    expect(seen).not.toContain(secret);
  });

  it("is its status before all else, with the type of an error and not its words", () => {
    const error = { error: { message: secret, type: "not_found_error", param: null, code: null } };
    expect(json(error, of(openai.chat), 404)).toEqual(['status: expected 200, got 404 (error.type "not_found_error")']);
    expect(json({ error: secret }, of(ollama.chat), 500)).toEqual(["status: expected 200, got 500"]);
    expect(json("", of(ollama.chat), 502)).toEqual(["status: expected 200, got 502 (a body without error)"]);
  });

  it("is nothing where each interface refuses in its own shape", () => {
    const bodies = {
      "/api/chat": { error: "no" },
      "/v1/models": { error: { message: "no", type: "not_found_error", param: null, code: null } },
      "/v1/messages": { type: "error", error: { type: "not_found_error", message: "no" } },
    };
    for (const [path, right] of Object.entries(bodies))
      for (const [other, body] of Object.entries(bodies)) {
        const wrong = json(body, of(errorShape(path))).length > 0;
        expect([path, other, wrong]).toEqual([path, other, JSON.stringify(right) !== JSON.stringify(body)]);
      }
  });

  it("is a stream that says nothing, has one part, or ends as it should not", () => {
    const events = (...data: string[]) =>
      problemsOf(
        { status: 200, type: "text/event-stream", body: data.map((text) => `data: ${text}\n\n`).join("") },
        { status: 200, shape: { kind: "events", piece: openai.chatPiece, end: "[DONE]" } },
      );
    const piece = (content: string, finish_reason: string | null = null) =>
      JSON.stringify({
        id: "1",
        object: "chat.completion.chunk",
        created: 1,
        model: "a",
        choices: [{ index: 0, delta: { content }, finish_reason }],
      });
    expect(events(piece("a"), piece("", "stop"), "[DONE]")).toEqual([]);
    expect(events()).toEqual(["the stream: expected events, got none"]);
    expect(events(piece("a"), "[DONE]")).toEqual(["the stream: expected more than one event, got 1"]);
    expect(events(piece(""), piece("", "stop"), "[DONE]")).toEqual([
      "the stream: expected a text in one of its parts, got none",
    ]);
    expect(events(piece("a"), piece("", "why"))).toEqual([
      'event 2: choices.0.finish_reason: Invalid option: expected one of "stop"|"length", got "why"',
      "the stream: expected [DONE] at its end, got another event",
    ]);
  });

  it("is a list of vectors that has one too few", () => {
    const body = { model: "a", embeddings: [[0.1]], total_duration: 1 };
    expect(json(body, of(ollama.embed))).toEqual([
      "embeddings: Too small: expected array to have exactly 2 items, got a list of 1",
    ]);
  });
});
