import { describe, expect, it } from "vitest";
import { endpointNames, type Endpoint } from "../../../../config/gateway.ts";
import { allPassed, apiJson, resultLines, summaryLine } from "../../../../operations/measure/api-report.ts";
import { apiChecks } from "../../../../operations/measure/api-run.ts";
import type { ClientAccess } from "../../../../operations/measure/client-access.ts";

const access = (changes: Partial<ClientAccess> = {}): ClientAccess => ({
  client: "web",
  service: { url: "http://127.0.0.1:1", token: "t" },
  endpoints: endpointNames,
  models: [
    { name: "seer:1b", for: ["chat", "vision", "audio"] },
    { name: "vectors:1b", for: ["embedding"] },
  ],
  closedModels: [],
  ...changes,
});
const asked = async (changes: Partial<ClientAccess>, thinking: readonly string[] = []) =>
  (await apiChecks(access(changes), thinking)).map(
    ({ name, model, asked: { method, path }, expected }) => `${method} ${path} ${expected.status} ${model ?? name}`,
  );
const only = (...endpoints: Endpoint[]) => ({ endpoints, client: undefined });

describe("what is asked of the interface", () => {
  it("goes by what a model is for", async () => {
    const checks = await apiChecks(access(only("chat", "embed", "transcriptions", "openai")), []);
    const names = (model: string) => checks.filter((check) => check.model === model).map(({ name }) => name);
    expect(names("seer:1b")).toEqual([
      "chat",
      "chat, streamed",
      "chat about a picture",
      "chat about a sound",
      "model",
      "chat completion",
      "chat completion, streamed",
      "chat completion about a picture",
      "completion",
      "response",
      "transcription",
    ]);
    expect(names("vectors:1b")).toEqual(["embed", "embed, the older way", "model", "embeddings"]);
  });

  it("is no more than the client may ask, and once of each that it may not", async () => {
    expect(await asked({ endpoints: ["version", "chat"], models: [], closedModels: ["other:1b"] })).toEqual([
      "GET /api/version 200 version",
      "POST /api/chat 404 an unknown model",
      "POST /api/chat 404 the model other:1b is not open to the client",
      "POST /api/chat 400 broken JSON",
      "GET /api/version 401 no token",
      "POST /api/chat 401 no token",
      "POST /api/generate 403 an endpoint that is not open to the client",
      "POST /api/embed 403 an endpoint that is not open to the client",
      "GET /api/tags 403 an endpoint that is not open to the client",
      "POST /api/show 403 an endpoint that is not open to the client",
      "GET /api/ps 403 an endpoint that is not open to the client",
      "POST /v1/chat/completions 403 an endpoint that is not open to the client",
      "POST /v1/messages 403 an endpoint that is not open to the client",
      "POST /v1/audio/transcriptions 403 an endpoint that is not open to the client",
      "DELETE /api/delete 403 deleting a model is open to nobody",
    ]);
  });

  it("asks for no token where there is none, and deletes nothing where nobody is kept from it", async () => {
    const all = await asked({ client: undefined });
    expect(all.filter((line) => /401|403|DELETE/.test(line))).toEqual([]);
  });

  it("keeps a model that thinks from thinking, and says nothing of that to others", async () => {
    const bodies = async (thinking: string[]) =>
      (await apiChecks(access(only("chat", "openai")), thinking))
        .filter(({ name }) => ["chat", "chat completion"].includes(name))
        .map(({ asked: { body } }) => JSON.parse(String(body)) as Record<string, unknown>)
        .map(({ think, reasoning_effort }) => [think, reasoning_effort]);
    expect(await bodies([])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
    ]);
    expect(await bodies(["seer:1b"])).toEqual([
      [false, undefined],
      [undefined, "none"],
    ]);
  });
});

describe("what came of it", () => {
  it("is a line for each request, and one more for each problem", async () => {
    const [version, chat] = await apiChecks(
      access({ ...only("version", "chat"), models: [{ name: "a:1b", for: ["chat"] }] }),
      [],
    ).then((checks) => [checks.find(({ name }) => name === "version"), checks.find(({ name }) => name === "chat")]);
    if (version === undefined || chat === undefined) throw new Error("a check is missing");
    const good = { check: version, status: 200, milliseconds: 4, problems: [] };
    const bad = { check: chat, status: 200, milliseconds: 1234, problems: ["done: expected true, got false"] };
    expect([good, bad].map(resultLines).join("\n")).toBe(
      [
        "ok    GET /api/version                  200    0.00 s  version",
        "FAIL  POST /api/chat                    200    1.23 s  chat: a:1b",
        "      done: expected true, got false",
      ].join("\n"),
    );
    expect([summaryLine([good], "web"), summaryLine([good, bad], undefined)]).toEqual([
      "1 requests as web: all answered as they should",
      "2 requests without a gateway: 1 not answered as they should",
    ]);
    expect([allPassed([good]), allPassed([good, bad])]).toEqual([true, false]);
    expect(JSON.parse(apiJson({ stack: "prod", client: "web", url: "http://h" }, [bad]))).toEqual({
      format: "test-api/1",
      stack: "prod",
      client: "web",
      url: "http://h",
      passed: false,
      checks: [
        {
          endpoint: "chat",
          name: "chat",
          model: "a:1b",
          method: "POST",
          path: "/api/chat",
          expectedStatus: 200,
          status: 200,
          milliseconds: 1234,
          problems: ["done: expected true, got false"],
        },
      ],
    });
  });
});
