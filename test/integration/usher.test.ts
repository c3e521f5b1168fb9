import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Preloader } from "../../usher/preloader.ts";
import { UsherServer } from "../../usher/server.ts";
import type { Settings } from "../../usher/settings.ts";
import { creation, creationMount, embeddingFile, embeddingModel, model } from "../support/fixtures.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker } from "../support/shell.ts";
import { missingForEmbeddings } from "../support/whole-gateway.ts";

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
  kept: [],
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

describe("a model that stays in memory", () => {
  const both = missingForEmbeddings() === undefined ? [model, embeddingModel] : [model];
  const embeds = (name: string) => name === embeddingModel;
  const stays = both.map((name) => ({ model: name, keepAlive: "-1s", preload: true, embeds: embeds(name) }));

  /** Models in memory by name, with the hours that they have left. */
  async function hoursLeft(): Promise<Record<string, number>> {
    const { models } = (await (await fetch(`${ollama.url}/api/ps`)).json()) as {
      models: { name: string; expires_at: string }[];
    };
    return Object.fromEntries(
      models.map(({ name, expires_at }) => [name, Math.round((Date.parse(expires_at) - Date.now()) / 3_600_000)]),
    );
  }

  const century = 100 * 365 * 24;
  const allStay = Object.fromEntries(both.map((name) => [name, expect.toSatisfy((hours: number) => hours > century)]));
  const loadedBy = { timeout: 60_000, interval: 500 };

  async function restart(): Promise<void> {
    await docker("restart", "-t", "1", ollama.container);
    await expect.poll(() => hoursLeft().catch(() => "not there"), loadedBy).not.toBe("not there");
  }

  it("is there again after a restart without any request, and no request has it leave", async () => {
    if (both.includes(embeddingModel))
      await docker("exec", ollama.container, "sh", "-ec", creation(embeddingModel, embeddingFile).join("\n"));
    const told: unknown[] = [];
    const preloader = new Preloader((line) => told.push(JSON.parse(line)), 500);
    const preloading = settings({ models: both, kept: stays });
    preloader.configure(preloading);
    usher.configure(preloading);
    try {
      await expect.poll(hoursLeft, loadedBy).toEqual(allStay);
      told.length = 0;
      await docker("restart", "-t", "1", ollama.container);
      await expect.poll(() => hoursLeft().catch(() => ({})), loadedBy).toEqual(allStay);
      await expect
        .poll(() => told.filter((line) => (line as { failure: unknown }).failure === null), loadedBy)
        .toEqual(both.map((name) => expect.objectContaining({ preload: name }) as unknown));
    } finally {
      preloader.stop();
    }
    for (const [path, more] of [
      ["/api/generate", '"prompt":"hi","stream":false'],
      ["/api/generate", '"prompt":"hi","stream":false,"keep_alive":0'],
      ["/api/chat", '"messages":[{"role":"user","content":"hi"}],"keep_alive":"1s"'],
      ["/v1/chat/completions", '"messages":[{"role":"user","content":"hi"}]'],
      ["/api/embed", '"input":"hi"'],
      ["/api/embed", '"input":"hi","keep_alive":"5s"'],
      ["/api/embeddings", '"prompt":"hi","keep_alive":0'],
      ["/v1/embeddings", '"input":"hi"'],
    ] as const) {
      const asked = path.includes("embed") ? embeddingModel : model;
      if (!both.includes(asked)) continue;
      const answer = await post(`http://127.0.0.1:${port}`, path, `{"model":"${asked}",${more}}`);
      await answer.text();
      expect([path, more, answer.status, await hoursLeft()]).toEqual([path, more, 200, allStay]);
    }
  });

  it("that a request has loaded stays for its own time, and where it cannot say so is made to stay", async () => {
    await restart();
    usher.configure(settings({ kept: [{ model, keepAlive: "3h", preload: false, embeds: false }] }));
    await (await post(`http://127.0.0.1:${port}`, "/api/generate", bodyOf('"options":{"num_predict":1}'))).text();
    expect(await hoursLeft()).toEqual({ [model]: 3 });
    await restart();
    const body = `{"model":"${model}","messages":[{"role":"user","content":"hi"}]}`;
    await (await post(`http://127.0.0.1:${port}`, "/v1/chat/completions", body)).text();
    expect(await hoursLeft()).toEqual({ [model]: 0 });
    const told: string[] = [];
    const preloader = new Preloader((line) => told.push(line), 500);
    preloader.configure(settings({ kept: stays.slice(0, 1) }));
    try {
      await expect.poll(async () => (await hoursLeft())[model], loadedBy).toBeGreaterThan(century);
    } finally {
      preloader.stop();
    }
    expect(told).toEqual([]);
  });
});
