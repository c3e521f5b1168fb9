import { describe, expect, it } from "vitest";
import { OllamaClient } from "../../../ollama/client.ts";
import { currentReadiness, passGate, tokensPerSecond, type ModelReadiness } from "../../../ollama/gate.ts";
import { deadUrl, type FakeServer } from "../support/fake-server.ts";
import {
  chatModel,
  digest,
  generation,
  hex,
  linesOf,
  loaded,
  ollama,
  sentTo,
  type Replies,
} from "../support/gate-server.ts";
import { failureOf } from "../support/temp-folder.ts";

const lines = (server: FakeServer, change: Partial<ModelReadiness> = {}, requireGpu = true) =>
  linesOf(server, [{ ...chatModel, ...change }], { requireGpu });

describe("passGate", () => {
  it("reports every step in order", async () => {
    expect(await lines(await ollama())).toEqual([
      "1/5 server answers: Ollama 0.32.1",
      `2/5 model is listed: gemma3n:e4b ${digest}`,
      "3/5 model loads: gemma3n:e4b in N s",
      '4/5 model generates: gemma3n:e4b " Paris.", 15.0 tokens/s',
      "5/5 GPU holds the model: gemma3n:e4b 100 %",
    ]);
  });

  it("leaves the GPU out when none is required", async () => {
    expect(await lines(await ollama(), {}, false)).toEqual([
      "1/4 server answers: Ollama 0.32.1",
      `2/4 model is listed: gemma3n:e4b ${digest}`,
      "3/4 model loads: gemma3n:e4b in N s",
      '4/4 model generates: gemma3n:e4b " Paris.", 15.0 tokens/s',
    ]);
  });

  it("has each model do its steps before the next one", async () => {
    const tags = { body: { models: ["gemma3n:e4b", "smollm2:135m"].map((name) => ({ name, digest: hex })) } };
    const ps = { body: { models: [loaded("smollm2:135m"), loaded("gemma3n:e4b")] } };
    const server = await ollama({
      "/api/tags": tags,
      "/api/ps": ps,
      generate: ({ model }) => ({ body: { ...generation, response: `Paris, says ${String(model)}` } }),
    });
    const second = { ...chatModel, model: "smollm2:135m", prompt: "France", pattern: "^Paris", minTokensPerSecond: 15 };
    expect(await linesOf(server, [chatModel, second], { requireGpu: true })).toEqual([
      "1/10 server answers: Ollama 0.32.1",
      `2/10 model is listed: gemma3n:e4b ${digest}`,
      "3/10 model loads: gemma3n:e4b in N s",
      '4/10 model generates: gemma3n:e4b "Paris, says gemma3n:e4b", 15.0 tokens/s',
      "5/10 GPU holds the model: gemma3n:e4b 100 %",
      `6/10 model is listed: smollm2:135m ${digest}`,
      "7/10 model loads: smollm2:135m in N s",
      '8/10 model generates: smollm2:135m "Paris, says smollm2:135m", 15.0 tokens/s',
      "9/10 GPU holds the model: smollm2:135m 100 %",
      "10/10 models stay loaded: none has preload; in memory: smollm2:135m, gemma3n:e4b",
    ]);
    expect(sentTo(server, "/api/generate")).toMatchObject([
      { model: "gemma3n:e4b" },
      { model: "gemma3n:e4b", prompt: "The capital of France is" },
      { model: "smollm2:135m" },
      { model: "smollm2:135m", prompt: "France" },
    ]);
  });

  it("asks at temperature 0 for 48 tokens at most", async () => {
    const server = await ollama();
    await lines(server);
    expect(sentTo(server, "/api/generate")).toEqual([
      { model: "gemma3n:e4b", stream: false },
      {
        model: "gemma3n:e4b",
        prompt: "The capital of France is",
        stream: false,
        options: { temperature: 0, num_predict: 48 },
      },
    ]);
  });

  it.each([
    [["completion", "thinking"], { think: false }],
    [["completion"], {}],
    [undefined, {}],
  ])("with a model that can do %j sends of thinking %j", async (capabilities, extras) => {
    const server = await ollama({ "/api/show": { body: { capabilities } } });
    await lines(server);
    const { model, prompt, stream, options, ...sent } = sentTo(server, "/api/generate")[1] as Record<string, unknown>;
    expect([model, prompt, stream, options]).toEqual([
      "gemma3n:e4b",
      "The capital of France is",
      false,
      { temperature: 0, num_predict: 48 },
    ]);
    expect(sent).toEqual(extras);
  });

  it.each([
    ["-1s", { keep_alive: "-1s" }],
    ["10m", { keep_alive: "10m" }],
    ["0", {}],
    ["0s", {}],
    [null, {}],
  ])("loads a model to be kept for %s with %j", async (keepAlive, sent) => {
    const server = await ollama();
    await lines(server, { keepAlive });
    const [loading, generating] = sentTo(server, "/api/generate");
    expect(loading).toEqual({ model: "gemma3n:e4b", stream: false, ...sent });
    expect(generating).not.toHaveProperty("keep_alive");
  });

  it("names the pinned model that the model was made from", async () => {
    const models = [
      { name: "gemma3n:e4b", digest: "2".repeat(64) },
      { name: "pinned/gemma3n:e4b", digest: hex },
    ];
    const [, listed] = await lines(await ollama({ "/api/tags": { body: { models } } }));
    expect(listed).toBe(`2/5 model is listed: gemma3n:e4b, made from pinned/gemma3n:e4b ${digest}`);
  });

  it("accepts any digest when none is expected", async () => {
    const models = [{ name: "gemma3n:e4b", digest: "2".repeat(64) }];
    const [, listed] = await lines(await ollama({ "/api/tags": { body: { models } } }), { digest: null });
    expect(listed).toBe(`2/5 model is listed: gemma3n:e4b sha256:${"2".repeat(64)}`);
  });
});

const models = (...names: string[]) => ({
  "/api/tags": { body: { models: names.map((name) => ({ name, digest: hex })) } },
});
const answer = (change: object) => ({ generate: { body: { ...generation, ...change } } });
const inMemory = (change: object) => ({ "/api/ps": { body: { models: [loaded("gemma3n:e4b", change)] } } });

describe("passGate fails", () => {
  it("at a server that does not answer", async () => {
    const url = await deadUrl();
    const readiness = { timeout: 0.3, requireGpu: true, models: [chatModel] };
    const passing = passGate(new OllamaClient(url), readiness, () => undefined);
    expect(await failureOf(passing)).toBe(
      `Readiness gate, step 1/5 server answers, failed: The server at ${url} did not answer in 0.3 s: ` +
        `${url}/api/version: connect ECONNREFUSED ${url.replace("http://", "")}`,
    );
  });

  const cases: readonly (readonly [string, Replies, string])[] = [
    [
      "a missing model",
      models("gemma3n:e2b", "gemma3:4b"),
      "2/5 model is listed, failed: gemma3n:e4b is not in the model store; it has gemma3n:e2b, gemma3:4b",
    ],
    [
      "an empty store",
      { "/api/tags": { body: { models: null } } },
      "2/5 model is listed, failed: gemma3n:e4b is not in the model store; it has no model",
    ],
    [
      "a model with another digest",
      { "/api/tags": { body: { models: [{ name: "gemma3n:e4b", digest: "2".repeat(64) }] } } },
      `2/5 model is listed, failed: gemma3n:e4b has digest sha256:${"2".repeat(64)}, and ${digest} was expected`,
    ],
    [
      "a model that cannot be loaded",
      { load: { status: 500, body: { error: "model requires more system memory" } } },
      "3/5 model loads, failed: gemma3n:e4b: /api/generate answered 500: model requires more system memory",
    ],
    [
      "a model that cannot be loaded, by a server that does not say what it can do",
      { load: { status: 500, body: { error: "unable to load model" } }, "/api/show": { status: 500 } },
      "3/5 model loads, failed: gemma3n:e4b: /api/generate answered 500: unable to load model",
    ],
    [
      // As Ollama 0.33.3 answers.
      "a model for embeddings",
      {
        load: { status: 400, body: { error: '"gemma3n:e4b" does not support generate' } },
        "/api/show": { body: { capabilities: ["embedding"] } },
      },
      "3/5 model loads, failed: gemma3n:e4b is not for chat: the server says that it can do embedding; " +
        "correct its `for` in gemma:models, or name another model",
    ],
    [
      "an answer that does not match",
      answer({ response: 'Lyon "" ' }),
      "4/5 model generates, failed: gemma3n:e4b: " +
        'the answer to "The capital of France is" was "Lyon \\"\\" ", which does not match Paris',
    ],
    [
      "a model that is too slow",
      answer({ eval_count: 1, eval_duration: 2_000_000_000 }),
      "4/5 model generates, failed: gemma3n:e4b: 0.5 tokens/s, and readiness.minTokensPerSecond is 1",
    ],
    [
      "an answer without figures",
      { generate: { body: { response: "Paris" } } },
      "4/5 model generates, failed: gemma3n:e4b: 0.0 tokens/s, and readiness.minTokensPerSecond is 1",
    ],
    [
      "a model that is partly on the GPU",
      inMemory({ size_vram: 400 }),
      "5/5 GPU holds the model, failed: 40 % of gemma3n:e4b is on the GPU, the rest on the CPU; check the driver and " +
        "the GPU's free memory",
    ],
    [
      "a model on the CPU",
      inMemory({ size_vram: 0 }),
      "5/5 GPU holds the model, failed: 0 % of gemma3n:e4b is on the GPU, the rest on the CPU; check the driver and " +
        "the GPU's free memory",
    ],
    [
      "a model that was unloaded",
      inMemory({ name: "gemma3:4b" }),
      "5/5 GPU holds the model, failed: gemma3n:e4b is not loaded any more",
    ],
  ];

  it.each(cases)("at %s", async (_, change, message) => {
    expect(await failureOf(lines(await ollama(change)))).toBe(`Readiness gate, step ${message}`);
  });

  it.each([
    ["1/5 server answers", "/api/version", ""],
    ["2/5 model is listed", "/api/tags", "gemma3n:e4b: "],
    ["3/5 model loads", "load", "gemma3n:e4b: "],
    ["4/5 model generates", "/api/show", "gemma3n:e4b: "],
    ["4/5 model generates", "generate", "gemma3n:e4b: "],
    ["5/5 GPU holds the model", "/api/ps", "gemma3n:e4b: "],
  ])("within the time limit when step %s hangs at %s", async (step, path, subject) => {
    const late = new Promise<string>((resolve) => setTimeout(resolve, 3000, "no failure in 3 s"));
    const server = await ollama({ [path]: { silence: true } });
    const passing = linesOf(server, [chatModel], { requireGpu: true, timeout: 1 });
    const message = await Promise.race([late, failureOf(passing)]);
    expect(message).toBe(`Readiness gate, step ${step}, failed: ${subject}not within readiness.timeout, 1 s`);
  });
});

describe("currentReadiness", () => {
  const one = {
    model: "gemma3n:e4b",
    digest,
    prompt: "The capital of France is",
    pattern: "Paris",
    minTokensPerSecond: 2,
    requireGpu: true,
  };
  const current = { timeout: 300, requireGpu: true, models: [{ ...chatModel, minTokensPerSecond: 2 }] };

  it.each([
    ["of a version with one model", { ...one, timeout: 300 }],
    ["of the first version", { ...one, timeoutSeconds: 300 }],
    ["of today", current],
    ["with what it was sent beside", { ...current, url: "http://127.0.0.1:1", container: "c" }],
  ])("reads the state %s", (_, kept) => {
    expect(currentReadiness(kept)).toEqual(current);
  });
});

describe("tokensPerSecond", () => {
  it.each([
    [{ eval_count: 30, eval_duration: 2_000_000_000 }, 15],
    [{ eval_count: 30, eval_duration: 0 }, 0],
    [{}, 0],
  ])("of %j is %d", (figures, rate) => {
    expect(tokensPerSecond({ response: "", ...figures })).toBe(rate);
  });
});
