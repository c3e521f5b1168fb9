import { describe, expect, it } from "vitest";
import type { ClientSettings, Settings } from "../../../usher/settings.ts";
import { ruled } from "./support/ruled.ts";

const kept: Settings["kept"] = [
  { model: "gemma3n:e2b", keepAlive: "10m", preload: false, embeds: false },
  { model: "all-minilm", keepAlive: "-1s", preload: true, embeds: true },
];

/** What Ollama gets of a body, whole or byte by byte. */
function textOf(
  path: string,
  body: string,
  client: Partial<ClientSettings> = {},
  settings: Partial<Settings> = {},
): string {
  const bytes = Buffer.from(body);
  const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
  const [whole, inPieces] = [[bytes], pieces].map((sent) => ruled(path, sent, client, { kept, ...settings }).text);
  expect(inPieces).toBe(whole);
  return whole ?? "";
}

const model = '"model":"gemma3n:e2b"';
const embedding = '"model":"all-minilm"';
const own = ["/api/generate", "/api/chat", "/api/embed", "/api/embeddings"];

describe("how long a model of the settings stays", () => {
  it.each([
    [`{${model}}`, `{${model},"keep_alive":"10m"}`],
    [`{${embedding}}`, `{${embedding},"keep_alive":"-1s"}`],
    ['{"MODEL":"library/Gemma3N:E2B"}', '{"MODEL":"library/Gemma3N:E2B","keep_alive":"10m"}'],
    [`{${model},"keep_alive":0}`, `{${model},"keep_alive":"10m"}`],
    [`{"keep_alive":"0s",${model}}`, `{${model},"keep_alive":"10m"}`],
    [`{${model},"Keep_Alive":-1,"a":1}`, `{${model},"a":1,"keep_alive":"10m"}`],
    [`{${model},"keep_alive":null}`, `{${model},"keep_alive":"10m"}`],
    [`{"keep_alive":"1h",${model},"KEEP_ALIVE":null,"\\u006beep_alive":7}`, `{${model},"keep_alive":"10m"}`],
    [`{ ${model} , "prompt" : "keep_alive" }`, `{ ${model} , "prompt" : "keep_alive" ,"keep_alive":"10m"}`],
    [
      `{${model},"options":{"num_ctx":1,"seed":7},"stream":true}`,
      `{${model},"options":{"seed":7},"stream":true,"keep_alive":"10m"}`,
    ],
  ])("is said in %s", (body, left) => {
    for (const path of own) expect(textOf(path, body)).toBe(left);
  });

  it("is said beside a bound of the answer", () => {
    expect(textOf("/api/chat", `{${model},"keep_alive":0}`, { maxTokens: 9 })).toBe(
      `{${model},"keep_alive":"10m","options":{"num_predict":9}}`,
    );
  });

  it.each([
    ["{}", "{}"],
    ['{"model":""}', '{"model":""}'],
    ['{"keep_alive":5,"prompt":"hi"}', '{"prompt":"hi"}'],
    ['{"a":{"model":"gemma3n:e2b"}}', '{"a":{"model":"gemma3n:e2b"}}'],
  ])("is not said where no model is named: %s", (body, left) => {
    for (const path of own) expect(textOf(path, body)).toBe(left);
  });

  it("is not said of a model that is kept as Ollama keeps it", () => {
    const rest: Partial<Settings> = { kept: kept.slice(0, 1) };
    for (const path of own) {
      expect(textOf(path, `{${embedding},"keep_alive":0}`, {}, rest)).toBe(`{${embedding}}`);
      expect(textOf(path, `{${model}}`, {}, { kept: [] })).toBe(`{${model}}`);
    }
  });

  it.each([
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/responses",
    "/v1/messages",
    "/v1/audio/transcriptions",
    "/api/show",
  ])("is not said at %s, where Ollama has no such key", (path) => {
    expect(textOf(path, `{${model},"keep_alive":0}`)).toBe(`{${model}}`);
  });

  it("is left to a client that may say it, and does", () => {
    const may = { allowReload: true };
    for (const path of own)
      for (const reload of ["drop", "refuse"] as const) {
        for (const said of [
          '"keep_alive":0',
          '"Keep_Alive":"1h"',
          '"keep_alive":null,"KEEP_ALIVE":5',
          '"keep_alive":{}',
        ])
          expect(textOf(path, `{${said},${model}}`, may, { reload })).toBe(`{${said},${model}}`);
        for (const unsaid of ['"a":1', '"a":1,"keep_alive":null', '"keep_alive":0,"a":1,"keep_alive":null'])
          expect(textOf(path, `{${model},${unsaid}}`, may, { reload })).toBe(`{${model},"a":1,"keep_alive":"10m"}`);
      }
  });

  it("is said where saying it is refused", () => {
    const refuse: Partial<Settings> = { reload: "refuse" };
    for (const path of own) {
      expect(textOf(path, `{${model}}`, {}, refuse)).toBe(`{${model},"keep_alive":"10m"}`);
      expect(textOf(path, `{${model},"keep_alive":null}`, {}, refuse)).toBe(`{${model},"keep_alive":"10m"}`);
      expect(() => textOf(path, `{${model},"keep_alive":"10m"}`, {}, refuse)).toThrow(
        "keep_alive is not open to this client, as it would change the model for all: leave it out",
      );
    }
  });
});
