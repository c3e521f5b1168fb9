import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpointNames } from "../../config/gateway.ts";
import { allPassed, resultLines } from "../../operations/measure/api-report.ts";
import { apiChecks, runCheck, type ApiResult } from "../../operations/measure/api-run.ts";
import type { ClientAccess } from "../../operations/measure/client-access.ts";
import { creation, creationMount, embeddingFile, embeddingModel, model } from "../support/fixtures.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker } from "../support/shell.ts";

/** What a faulty server makes of an answer. */
type Fault = (path: string, status: number, body: string) => { status?: number; body?: string; type?: string };

describe("the check of the interface", () => {
  let ollama: TestServer;
  let faulty: Server;
  let fault: Fault = () => ({});

  beforeAll(async () => {
    ollama = await startServer("--cpus", "1", "-e", "LLAMA_ARG_THREADS=1", ...creationMount());
    const commands = [...creation(), ...creation(embeddingModel, embeddingFile)];
    await docker("exec", ollama.container, "sh", "-ec", commands.join("\n"));
    faulty = createServer((request, response) => {
      void (async () => {
        const asked = Buffer.concat((await request.toArray()) as Buffer[]);
        const { method = "GET", url: path = "/" } = request;
        const sent = { method, ...(method === "GET" ? {} : { body: asked }) };
        const answer = await fetch(`${ollama.url}${path}`, {
          ...sent,
          headers: { "content-type": request.headers["content-type"] ?? "" },
        });
        const body = await answer.text();
        const made = fault(path, answer.status, body);
        response.writeHead(made.status ?? answer.status, {
          "content-type": made.type ?? answer.headers.get("content-type") ?? "",
        });
        response.end(made.body ?? body);
      })();
    }).listen(0, "127.0.0.1");
    await once(faulty, "listening");
  });

  afterAll(async () => {
    faulty.close();
    await ollama[Symbol.asyncDispose]();
  });

  const access = (url: string): ClientAccess => ({
    client: undefined,
    service: { url },
    endpoints: endpointNames,
    models: [
      { name: model, for: ["chat"] },
      { name: embeddingModel, for: ["embedding"] },
    ],
    closedModels: [],
  });
  const checked = async (url: string, path?: string) => {
    const { service } = access(url);
    const results: ApiResult[] = [];
    for (const check of await apiChecks(access(url), []))
      if (path === undefined || check.asked.path === path) results.push(await runCheck(service, check, 60));
    return results;
  };
  const faultyUrl = () => `http://127.0.0.1:${(faulty.address() as AddressInfo).port}`;
  const problems = async (path: string, made: Fault) => {
    fault = made;
    const results = await checked(faultyUrl(), path);
    return results.flatMap(({ check, problems: found }) => found.map((problem) => `${check.name}: ${problem}`));
  };

  it("finds nothing wrong with Ollama, and asks it for all that a client may be allowed", async () => {
    const results = await checked(ollama.url);
    expect(results.filter(({ problems: found }) => found.length > 0).map(resultLines)).toEqual([]);
    expect(allPassed(results)).toBe(true);
    const paths = [...new Set(results.map(({ check }) => check.asked.path))].toSorted();
    expect(paths).toEqual([
      "/api/chat",
      "/api/embed",
      "/api/embeddings",
      "/api/generate",
      "/api/ps",
      "/api/show",
      "/api/tags",
      "/api/version",
      "/v1/audio/transcriptions",
      "/v1/chat/completions",
      "/v1/completions",
      "/v1/embeddings",
      "/v1/messages",
      `/v1/models`,
      `/v1/models/${embeddingModel}`,
      `/v1/models/${model}`,
      "/v1/responses",
    ]);
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set([200, 404, 400]));
  });

  it("names a field that is wrong with what was got, and nothing that the model said", async () => {
    const seen = await problems("/api/generate", (_, status, body) =>
      status === 200
        ? {
            body: body
              .replaceAll(/"eval_count":\d+/g, '"eval_count":"many"')
              .replaceAll(/"response":"[^"]*"/g, '"response":7'),
          }
        : {},
    );
    expect(seen).toEqual([
      'generate: eval_count: expected number, got "many"',
      "generate: response: expected string, got 7",
      "generate, streamed: line 1: response: expected string, got 7",
      'generate, streamed: the last line: eval_count: expected number, got "many"',
      "generate, streamed: the last line: response: expected string, got 7",
      "generate, streamed: the stream: expected a text in one of its parts, got none",
    ]);
  });

  it.each<[string, string, Fault, readonly string[]]>([
    [
      "a stream that has no end",
      "/v1/chat/completions",
      (_, __, body) => ({ body: body.replace("data: [DONE]\n", "") }),
      ["chat completion, streamed: the stream: expected [DONE] at its end, got another event"],
    ],
    [
      "another type",
      "/api/version",
      () => ({ type: "text/html" }),
      ["version: content-type: expected application/json, got text/html"],
    ],
    ["no JSON", "/api/ps", () => ({ body: "<html>" }), ["loaded models: expected JSON, got none"]],
    [
      "a list without a model",
      "/api/tags",
      (_, __, body) => ({ body: body.replaceAll(model, "other:1b") }),
      [`models: models: expected ${model} among them, got a list of 2`],
    ],
    [
      "an error in another interface's shape",
      "/v1/messages",
      (_, status) => (status === 200 ? {} : { body: '{"error":"no"}' }),
      [
        'an unknown model: type: expected "error", got nothing',
        "an unknown model: error: expected object, got a text of 2 letters",
        'broken JSON: type: expected "error", got nothing',
        "broken JSON: error: expected object, got a text of 2 letters",
      ],
    ],
    [
      "an unknown model that is answered",
      "/api/show",
      (_, status) => (status === 404 ? { status: 200 } : {}),
      ["an unknown model: status: expected 404, got 200"],
    ],
  ])("finds %s", async (_, path, made, found) => {
    expect(await problems(path, made)).toEqual(found);
  });

  it("tells that nobody answers", async () => {
    const [check] = await apiChecks(access("http://127.0.0.1:1"), []);
    if (check === undefined) throw new Error("there is no check");
    const { status, problems: found } = await runCheck({ url: "http://127.0.0.1:1" }, check, 5);
    expect([status, found]).toEqual([
      undefined,
      ["no whole answer: http://127.0.0.1:1/api/generate: connect ECONNREFUSED 127.0.0.1:1"],
    ]);
  });
});
