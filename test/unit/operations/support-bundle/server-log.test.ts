import { describe, expect, it } from "vitest";
import { withoutAnswers, withoutTexts } from "../../../../operations/support-bundle/server-log.ts";

describe("a server's log", () => {
  it.each([
    'time=2026-11-28T05:44:20.000Z level=INFO source=routes.go:2062 msg="Listening on [::]:11434 (version 0.33.3)"',
    '2026-11-28T05:44:20.123456789Z time=2026-11-28T05:44:20.000Z level=WARN source=x.go:1 msg="slow"',
    '[GIN] 2026/11/28 - 05:44:40 | 200 |  1.2s |  127.0.0.1 | POST     "/api/chat"',
    "slot print_timing: id  0 | task 3 | prompt eval time =  12.00 ms /  5 tokens",
    "srv  update_slots: all slots are idle",
    "llama_model_loader: - type  f32:   61 tensors",
    "ggml_backend_cuda_device_get_memory: 24576 MiB",
  ])("keeps %s", (line) => {
    expect(withoutTexts(`${line}\n`)).toBe(`${line}\n`);
  });

  it.each([
    // Ollama 0.17.4 at OLLAMA_DEBUG=2.
    'time=2026-11-28T06:14:16.828Z level=TRACE source=server.go:1537 msg="completion request" prompt="<|im_start|>user\\nquombledrift 가람<|im_end|>"',
    'time=2026-11-28T06:13:49.363Z level=DEBUG source=server.go:1536 msg="completion request" images=0 prompt=70 format=""',
    'time=2026-11-28T05:44:20.000Z level=INFO source=x.go:1 msg="odd" prompt="quombledrift"',
    'time=2026-11-28T05:44:20.000Z level=ERROR source=x.go:1 msg="odd" content=quombledrift',
    'time=2026-11-28T05:44:20.000Z level=TRACE source=x.go:1 msg="quombledrift"',
    'srv  log_server_r: request:  {"prompt":"quombledrift"}',
    "slot process_token: id 0 | task 1 | next token: 42 'quombledrift'",
    "srv  init: chat template, example_format: '<|im_start|>system",
    "quombledrift on a line of its own",
    "가람뫼솔빛",
    'Parsed message: {"content": "quombledrift"}',
    "Grammar: root ::= quombledrift",
  ])("does not keep %s, and says how many lines", (line) => {
    const kept = "srv  update_slots: all slots are idle";
    expect(withoutTexts(`${kept}\n${line}\n`)).toBe(
      `[removed: 1 lines of 3 that are no known message of the server, as they may hold prompts or answers]\n${kept}\n`,
    );
  });
});

it("the answers in the log of a run are taken out", () => {
  expect(withoutAnswers('model generates: smollm2:135m "Paris, \\"the\\" city", 12.3 tokens/s\nnext')).toBe(
    "model generates: smollm2:135m [removed: answer], 12.3 tokens/s\nnext",
  );
});
