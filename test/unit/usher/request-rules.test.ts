import { describe, expect, it } from "vitest";
import { Refusal } from "../../../usher/refusal.ts";
import type { ClientSettings, Settings } from "../../../usher/settings.ts";
import { ruled } from "./support/ruled.ts";

/** What is left of a body, whole or byte by byte. */
function textOf(path: string, body: string, client: Partial<ClientSettings> = {}): string {
  const bytes = Buffer.from(body);
  const { text } = ruled(path, [bytes], client);
  expect(
    ruled(
      path,
      Array.from(bytes, (byte) => Buffer.from([byte])),
      client,
    ).text,
  ).toBe(text);
  return text;
}

function refusalOf(
  path: string,
  body: string,
  client: Partial<ClientSettings> = {},
  reload: Settings["reload"] = "drop",
): string {
  try {
    return `taken: ${ruled(path, [Buffer.from(body)], client, { reload }).text}`;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return `${error.status} ${error.message}`;
  }
}

describe("what would change the model for all", () => {
  it.each([
    ['{"keep_alive":0}', "{}"],
    ['{"model":"gemma3n:e2b","keep_alive":0}', '{"model":"gemma3n:e2b"}'],
    ['{"keep_alive":0,"model":"gemma3n:e2b"}', '{"model":"gemma3n:e2b"}'],
    ['{"a":1,"keep_alive":0,"b":2}', '{"a":1,"b":2}'],
    ['{"a":1,"keep_alive":0,"keep_alive":1}', '{"a":1}'],
    ['{"keep_alive":0,"a":1,"keep_alive":1}', '{"a":1}'],
    ['{"keep_alive":0,"keep_alive":1}', "{}"],
    ['{"Keep_Alive":0,"a":1}', '{"a":1}'],
    ['{"KEEP_ALIVE":"5m","a":1}', '{"a":1}'],
    ['{"\\u006beep_alive":0,"a":1}', '{"a":1}'],
    ['{"\\u004BEEP\\u005fALIVE":0,"a":1}', '{"a":1}'],
    ['{"\u212Aeep_alive":0,"a":1}', '{"a":1}'],
    ['{"\\u212aeep_alive":0,"a":1}', '{"a":1}'],
    ['{"keep_alive":{"a":[1]},"a":1}', '{"a":1}'],
    ['{"shift":false,"a":1}', '{"a":1}'],
    ['{"\u017Fhift":false,"a":1}', '{"a":1}'],
    ['{ "a" : 1 , "keep_alive" : 0 }', '{ "a" : 1 }'],
    ['{"options":{"num_ctx":1}}', '{"options":{}}'],
    ['{"OPTIONS":{"num_ctx":1,"seed":7}}', '{"OPTIONS":{"seed":7}}'],
    ['{"option\u017F":{"seed":7,"num_ctx":1}}', '{"option\u017F":{"seed":7}}'],
    ['{"options":{"num_ctx":1},"options":{"seed":7}}', '{"options":{},"options":{"seed":7}}'],
    ['{"options":{"\\u006eum_ctx":1,"num_thread":2,"num_batch":3,"num_gpu":4,"main_gpu":5}}', '{"options":{}}'],
    ['{"options":{"use_mmap":true,"draft_num_predict":2,"numa":true,"low_vram":true}}', '{"options":{}}'],
  ])("is dropped from %s", (body, left) => {
    for (const path of ["/api/chat", "/api/generate", "/api/embed", "/v1/chat/completions"])
      expect(textOf(path, body)).toBe(left);
  });

  it.each([
    '{"options":{"Num_Ctx":1,"NUM_CTX":2}}',
    '{"options":{"temperature":0,"num_keep":4}}',
    '{"a":{"keep_alive":0,"options":{"num_ctx":1}}}',
    '{"messages":[{"keep_alive":0}],"keepalive":0,"keep-alive":0,"num_ctx":1}',
    '{"prompt":"\\"keep_alive\\":0"}',
  ])("is not there in %s", (body) => {
    expect(textOf("/api/chat", body)).toBe(body);
  });

  it("is left to a client that may", () => {
    const body = '{"keep_alive":0,"shift":false,"options":{"num_ctx":1}}';
    expect(textOf("/api/chat", body, { allowReload: true })).toBe(body);
  });

  it.each([
    ['{"Keep_Alive":0}', "keep_alive"],
    ['{"shift":true}', "shift"],
    ['{"options":{"seed":1,"num_ctx":1}}', "options.num_ctx"],
    ['{"options":{"num_thread":1},"options":null}', "options.num_thread"],
  ])("can be refused: %s", (body, key) => {
    expect(refusalOf("/api/chat", body, {}, "refuse")).toBe(
      `403 ${key} is not open to this client, as it would change the model for all: leave it out`,
    );
    expect(refusalOf("/api/chat", body, { allowReload: true }, "refuse")).toBe(`taken: ${body}`);
  });

  it("is not refused where it says nothing", () => {
    expect(refusalOf("/api/chat", '{"a":1,"keep_alive":null,"options":{"num_ctx":null}}', {}, "refuse")).toBe(
      'taken: {"a":1,"options":{}}',
    );
  });
});

describe("the bound of an answer", () => {
  const bounded = { maxTokens: 100 };

  it.each([
    ["{}", '{"options":{"num_predict":100}}'],
    ['{"a":1}', '{"a":1,"options":{"num_predict":100}}'],
    ['{"a":1,"options":null}', '{"a":1,"options":{"num_predict":100}}'],
    ['{"options":null,"a":1}', '{"a":1,"options":{"num_predict":100}}'],
    ['{"options":{}}', '{"options":{"num_predict":100}}'],
    ['{"options":{ } ,"a":1}', '{"options":{ "num_predict":100} ,"a":1}'],
    ['{"options":{"seed":1}}', '{"options":{"seed":1,"num_predict":100}}'],
    ['{"options":{"num_predict":101}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":-1,"seed":1}}', '{"options":{"seed":1,"num_predict":100}}'],
    ['{"options":{"num_predict":-2}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":null}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":0}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":0.9}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":1e3}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":1e30}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":5,"num_predict":-1}}', '{"options":{"num_predict":100}}'],
    ['{"options":{"num_predict":-1,"num_predict":5}}', '{"options":{"num_predict":5}}'],
    ['{"options":{"num_predict":5},"options":{"seed":1}}', '{"options":{"num_predict":5},"options":{"seed":1}}'],
    ['{"options":{"num_predict":5},"options":null}', '{"options":{},"options":null,"options":{"num_predict":100}}'],
    [
      '{"options":{"num_predict":5},"options":null,"Options":{}}',
      '{"options":{},"options":null,"Options":{"num_predict":100}}',
    ],
    ['{"options":{"Num_Predict":5}}', '{"options":{"Num_Predict":5,"num_predict":100}}'],
    ['{"options":{"num_ctx":1},"keep_alive":0}', '{"options":{"num_predict":100}}'],
    ['{"max_tokens":1000}', '{"max_tokens":1000,"options":{"num_predict":100}}'],
  ])("is set in options: %s", (body, left) => {
    for (const path of ["/api/chat", "/api/generate"]) expect(textOf(path, body, bounded)).toBe(left);
  });

  it.each([
    ["/v1/chat/completions", "max_tokens"],
    ["/v1/completions", "max_tokens"],
    ["/v1/responses", "max_output_tokens"],
  ])("is set at the top for %s, as %s", (path, key) => {
    for (const [value, left] of [
      ["101", "100"],
      ["-1", "100"],
      ["null", "100"],
      ["0", "100"],
    ])
      expect(textOf(path, `{"a":1,"${key}":${value}}`, bounded)).toBe(`{"a":1,"${key}":${left}}`);
    expect(textOf(path, '{"a":1}', bounded)).toBe(`{"a":1,"${key}":100}`);
    expect(textOf(path, "{}", bounded)).toBe(`{"${key}":100}`);
    expect(textOf(path, `{"${key.toUpperCase()}":5,"${key}":500,"b":1}`, bounded)).toBe(`{"b":1,"${key}":100}`);
    expect(textOf(path, `{"${key}":500,"b":1,"${key}":5}`, bounded)).toBe(`{"b":1,"${key}":5}`);
  });

  it.each([
    ["/api/chat", '{"options":{"num_predict":100}}'],
    ["/api/chat", '{"options":{"num_predict":7}}'],
    ["/v1/chat/completions", '{"max_tokens":100}'],
    ["/v1/completions", '{"max_tokens":1}'],
    ["/v1/responses", '{"max_output_tokens":99,"max_tokens":1000}'],
    ["/v1/messages", '{"max_tokens":99}'],
    ["/v1/messages", '{"a":1}'],
    ["/v1/messages", '{"max_tokens":0}'],
    ["/api/embed", '{"a":1}'],
    ["/v1/embeddings", '{"a":1}'],
    ["/api/show", '{"a":1}'],
  ])("leaves alone what is within it, and what generates nothing: %s %s", (path, body) => {
    expect(textOf(path, body, bounded)).toBe(body);
  });

  it("is set for Anthropic's API where there is one", () => {
    for (const body of [
      '{"max_tokens":5000}',
      '{"max_tokens":5000,"max_tokens":null}',
      '{"max_tokens":5,"max_tokens":5000}',
    ])
      expect(textOf("/v1/messages", body, bounded)).toBe('{"max_tokens":100}');
  });

  it("leaves a client without one alone", () => {
    for (const body of ["{}", '{"options":{"num_predict":-1}}', '{"max_tokens":-1,"max_tokens":2}'])
      for (const path of ["/api/chat", "/v1/chat/completions"]) expect(textOf(path, body)).toBe(body);
  });

  it.each([
    [null, '{"max_completion_tokens":16}', '{"max_tokens":16}'],
    [null, '{"a":1,"Max_Completion_Tokens":16,"b":2}', '{"a":1,"b":2,"max_tokens":16}'],
    [null, '{"max_completion_tokens":16,"max_tokens":20}', '{"max_tokens":16}'],
    [null, '{"max_completion_tokens":null,"max_tokens":20}', '{"max_completion_tokens":null,"max_tokens":20}'],
    [100, '{"max_completion_tokens":16}', '{"max_tokens":16}'],
    [100, '{"max_completion_tokens":160}', '{"max_tokens":100}'],
    [100, '{"max_completion_tokens":null}', '{"max_tokens":100}'],
  ])("of %s has the name that Ollama knows: %s", (maxTokens, body, left) => {
    expect(textOf("/v1/chat/completions", body, { maxTokens })).toBe(left);
  });

  it.each([
    ["/v1/chat/completions", '{"max_tokens":"5"}', "max_tokens must be a whole number"],
    ["/v1/chat/completions", '{"max_tokens":1.5}', "max_tokens must be a whole number"],
    ["/v1/chat/completions", '{"max_tokens":1e3,"max_tokens":3}', "max_tokens must be a whole number"],
    ["/v1/responses", '{"max_output_tokens":{}}', "max_output_tokens must be a whole number"],
    ["/api/chat", '{"options":{"num_predict":"5"}}', "options.num_predict must be a number"],
    ["/api/chat", '{"options":{"num_predict":1e999}}', "options.num_predict must be a number"],
    ["/api/chat", '{"options":[1]}', "options must be an object"],
    ["/api/chat", '{"options":"{}"}', "options must be an object"],
  ])("has to be a number: %s %s", (path, body, message) => {
    expect(refusalOf(path, body, bounded)).toBe(`400 ${message}`);
  });
});

describe("the model of a request", () => {
  const modelOf = (path: string, body: string, client: Partial<ClientSettings> = {}) =>
    ruled(path, [Buffer.from(body)], client).model;

  it.each([
    ["gemma3n:e2b", "gemma3n:e2b"],
    ["Gemma3N:E2B", "gemma3n:e2b"],
    ["library/gemma3n:e2b", "gemma3n:e2b"],
    ["registry.ollama.ai/library/gemma3n:e2b", "gemma3n:e2b"],
    [" gemma3n:e2b:local ", "gemma3n:e2b"],
    ["all-minilm", "all-minilm"],
    ["all-minilm:latest", "all-minilm"],
  ])("is %j in a spelling of Ollama's", (name, model) => {
    expect(modelOf("/api/chat", JSON.stringify({ model: name }))).toBe(model);
  });

  it.each(["gemma3n", "gemma3n:e4b", "other/gemma3n:e2b", "gemma3n:e2b:cloud", "gemma3n:e2b-cloud", "x".repeat(300)])(
    "%j is not served",
    (name) => {
      const shown = name.slice(0, 200);
      expect(refusalOf("/api/chat", JSON.stringify({ model: name }))).toBe(
        `404 model '${shown}' not found; this client can use gemma3n:e2b, all-minilm`,
      );
    },
  );

  it("is one of the client's", () => {
    const client = { models: ["all-minilm:latest", "gone"] };
    expect(modelOf("/api/embed", '{"model":"all-minilm"}', client)).toBe("all-minilm");
    expect(refusalOf("/api/chat", '{"model":"gemma3n:e2b"}', client)).toBe(
      "404 model 'gemma3n:e2b' not found; this client can use all-minilm",
    );
    expect(refusalOf("/api/chat", '{"model":"gemma3n:e2b"}', { models: [] })).toBe("404 model 'gemma3n:e2b' not found");
  });

  it("may be missing, so that Ollama says what it thinks of that", () => {
    expect(["{}", '{"model":null}', '{"model":""}'].map((body) => modelOf("/api/chat", body))).toEqual(
      Array(3).fill(undefined),
    );
  });

  it("is one only", () => {
    const two = '{"model":"gemma3n:e2b","Model":"all-minilm"}';
    expect(refusalOf("/api/chat", two)).toBe("400 the body names more than one model");
    expect(modelOf("/api/chat", '{"model":"gemma3n:e2b","MODEL":"gemma3n:E2B"}')).toBe("gemma3n:e2b");
    expect(refusalOf("/api/chat", '{"model":7}')).toBe("400 model must be a string");
    expect(refusalOf("/api/chat", JSON.stringify({ model: "m".repeat(5000) }))).toMatch(/^404 model '…' not found/);
  });

  it("has another name where details are asked for", () => {
    expect(modelOf("/api/show", '{"name":"gemma3n:e2b"}')).toBe("gemma3n:e2b");
    expect(refusalOf("/api/show", '{"name":"other"}')).toMatch(/^404 model 'other' not found/);
    expect(modelOf("/api/chat", '{"name":"other"}')).toBe(undefined);
  });
});
