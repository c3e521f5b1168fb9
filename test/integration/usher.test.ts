import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UsherServer } from "../../usher/server.ts";
import type { Settings } from "../../usher/settings.ts";
import { creation, creationMount, model } from "../support/fixtures.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker } from "../support/shell.ts";

let ollama: TestServer;
let usher: UsherServer;
let port: number;
const lines: Record<string, unknown>[] = [];

const client = { name: "web", models: null, maxTokens: 12, allowReload: false };
const settings = (changed: Partial<Settings> = {}): Settings => ({
  upstream: new URL(ollama.url).host,
  maxBody: 1024 * 1024,
  readTimeout: 30,
  requestTimeout: 60,
  holdTimeout: 0.1,
  drainTimeout: 10,
  reload: "drop",
  models: [model],
  clients: [client],
  ...changed,
});

beforeAll(async () => {
  ollama = await startServer("--cpus", "1", "-e", "LLAMA_ARG_THREADS=1", "-e", "OLLAMA_NO_CLOUD=1", ...creationMount());
  await docker("exec", ollama.container, "sh", "-ec", creation().join("\n"));
  usher = new UsherServer((line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  usher.configure(settings());
  port = await usher.listen(0, "127.0.0.1");
  await load();
});

afterAll(async () => {
  usher.close();
  await ollama[Symbol.asyncDispose]();
});

const post = (url: string, path: string, body: string) =>
  fetch(`${url}${path}`, { method: "POST", body, headers: { "X-Gemma-Client": "web" } });

/** Has Ollama load the model as a client without wishes does. */
async function load(): Promise<void> {
  await (await post(ollama.url, "/api/generate", bodyOf('"options":{"num_predict":1}'))).text();
}

const bodyOf = (more: string) => `{"model":"${model}","prompt":"hi","stream":false,${more}}`;

/** The model as it is loaded: the process that runs it, what /api/ps says, and whether it stays as long as by default. */
async function loaded(): Promise<unknown> {
  const { models } = (await (await fetch(`${ollama.url}/api/ps`)).json()) as {
    models: { name: string; size: number; context_length: number; expires_at: string }[];
  };
  const processes = (await docker("top", ollama.container, "-eo", "pid,args")).split("\n");
  return {
    processes: processes.filter((line) => line.includes("llama-server")).map((line) => line.trim().split(" ")[0]),
    models: models.map(({ name, size, context_length }) => ({ name, size, context_length })),
    minutes: models.map(({ expires_at }) => Math.round((Date.parse(expires_at) - Date.now()) / 60_000)),
  };
}

/** A key in spellings that Go takes for one field. */
function spellings(key: string): readonly string[] {
  const [first = ""] = key;
  return [
    key,
    key.toUpperCase(),
    first.toUpperCase() + key.slice(1),
    `\\u00${first.charCodeAt(0).toString(16)}${key.slice(1)}`,
    key.replace("k", "\u212A").replace("s", "\u017F"),
  ];
}

const disturbing = [
  ...["0", '"0s"', "-1", '"1s"'].map((value) => [`keep_alive ${value}`, "keep_alive", value] as const),
  ["shift", "shift", "false"] as const,
  ...[
    '"num_ctx":512',
    '"num_batch":64',
    '"num_gpu":0',
    '"main_gpu":1',
    '"use_mmap":true',
    '"num_thread":2',
    '"draft_num_predict":3',
    '"\\u006eum_ctx":512',
  ].map((option) => [`the option ${option}`, "options", `{"num_predict":1,${option}}`] as const),
];

describe("a client's request", () => {
  it.each(disturbing)("with %s in any spelling leaves the model as it is", async (_, key, value) => {
    const before = await loaded();
    for (const spelling of spellings(key)) {
      const body = bodyOf(`"${spelling}":${value}${key === "options" ? "" : ',"options":{"num_predict":1}'}`);
      const { status } = await post(`http://127.0.0.1:${port}`, "/api/generate", body);
      expect({ body, status, ...((await loaded()) as object) }).toEqual({ body, status: 200, ...(before as object) });
    }
  });

  it.each([
    ["/api/generate", `{"model":"${model}","keep_alive":0}`],
    ["/api/generate", bodyOf('"options":{"num_ctx":512},"options":{"num_predict":1}')],
    ["/api/chat", `{"model":"${model}","messages":[],"keep_alive":0}`],
    ["/v1/chat/completions", `{"model":"${model}","messages":[{"role":"user","content":"hi"}],"keep_alive":0}`],
    ["/v1/completions", bodyOf('"keep_alive":0,"options":{"num_ctx":512}')],
  ])("for %s leaves it so too: %s", async (path, body) => {
    const before = await loaded();
    expect((await post(`http://127.0.0.1:${port}`, path, body)).status).toBe(200);
    expect(await loaded()).toEqual(before);
  });

  it.each([
    ["/api/chat", '"stream":true'],
    ["/api/chat", '"options":{"num_predict":-1}'],
    ["/api/generate", '"raw":true,"prompt":"1, 2, 3, 4, 5, 6, 7, 8, 9,","options":{"num_predict":0,"temperature":0}'],
    ["/v1/chat/completions", '"stream":true'],
    ["/v1/chat/completions", '"max_completion_tokens":9999'],
    ["/v1/responses", '"input":"Tell a long story of a cat.","temperature":0'],
    ["/v1/messages", '"max_tokens":9999'],
  ])("for %s gets an answer with an end, whose tokens are counted: %s", async (path, more) => {
    const messages = '"messages":[{"role":"user","content":"Tell a long story of a cat."}]';
    const answer = await post(`http://127.0.0.1:${port}`, path, `{"model":"${model}",${messages},${more}}`);
    expect([answer.status, (await answer.text()).length > 0]).toEqual([200, true]);
    await expect
      .poll(() => lines.at(-1))
      .toMatchObject({ endpoint: path, status: 200, answer_tokens: 12, failure: null });
  });

  it("of a client that may has the model loaded again", async () => {
    const before = await loaded();
    usher.configure(settings({ clients: [{ ...client, allowReload: true }] }));
    const body = bodyOf('"options":{"num_predict":1,"num_ctx":512}');
    expect((await post(`http://127.0.0.1:${port}`, "/api/generate", body)).status).toBe(200);
    expect(await loaded()).not.toEqual(before);
    usher.configure(settings());
    await load();
  });
});
