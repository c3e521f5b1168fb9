import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEdge, testClient, tokenOf, type TestEdge } from "../support/edge.ts";
import { rawRequest } from "../support/raw-request.ts";

const now = Math.floor(Date.now() / 1000);
const app = "https://app.example.org";
const policy = {
  clients: [
    testClient("backend", {
      tokens: [tokenOf("current"), tokenOf("old", now + 3600), tokenOf("ended", now)],
      endpoints: ["chat", "tags", "openai", "messages", "transcriptions"],
    }),
    testClient("web", { endpoints: ["generate"] }),
  ],
  hosts: ["llm.example.org", "127.0.0.1", "::1"],
  origins: [app],
};

let edge: TestEdge;
beforeAll(async () => {
  edge = await startEdge({ policy });
});
afterAll(() => edge[Symbol.asyncDispose]());

interface Asked {
  readonly method?: string;
  readonly target?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const token = (text: string) => ({ Authorization: `Bearer ${text}` });

function send({ method = "POST", target = "/api/chat", host = "127.0.0.1", headers = token("current"), body }: Asked) {
  const length = body === undefined ? {} : { "Content-Length": String(body.length) };
  const all = { Host: host, ...length, ...headers, Connection: "close" };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return rawRequest(edge.port, [`${method} ${target} HTTP/1.1`, ...lines, "", body ?? ""].join("\r\n"));
}

/** The path that the server was asked for and the client for whom, or the status and the sentence of the answer. */
async function answerTo(asked: Asked = {}): Promise<unknown[]> {
  const { status, body } = await send(asked);
  if (status !== 200) return [status, sentenceOf(body)];
  if (asked.method === "HEAD") return ["passed on"];
  const { path, headers } = JSON.parse(lastLine(body)) as { path: string; headers: Record<string, string> };
  return ["passed on", path, headers["x-gemma-client"]];
}

function sentenceOf(body: string): string {
  const { error } = JSON.parse(body) as { error: string | { message: string } };
  return typeof error === "string" ? error : error.message;
}

/** The line of JSON in a body that comes in pieces. */
function lastLine(body: string): string {
  return body.split("\r\n").find((line) => line.startsWith("{")) ?? body;
}

const passed = ["passed on", "/api/chat", "backend"];
const unauthorized = [401, "unauthorized: send your token as Authorization: Bearer TOKEN"];
const closed = [403, "this endpoint is not open to this client"];
const foreign = [403, "web pages of this origin may not call the gateway; see ollama.origins"];
const unknownName = [403, "the gateway is not called by that name; see gateway.hosts"];
const misspelled = [
  400,
  "the path is not spelled as the gateway compares it: write it plainly, such as /api/chat, with no escapes, no empty parts and no dots as parts",
];

describe("who may ask", () => {
  it.each([
    ["backend", "current", "/api/chat"],
    ["backend", "old", "/api/chat"],
    ["web", "web-token", "/api/generate"],
  ])("is %s with the token %s", async (client, text, target) => {
    expect(await answerTo({ target, headers: token(text) })).toEqual(["passed on", target, client]);
  });

  it.each([
    ["bearer in small letters", { Authorization: "bearer current" }],
    ["BEARER in capitals", { Authorization: "BEARER current" }],
    ["blanks behind the scheme", { Authorization: "Bearer   current" }],
    ["a tab behind the scheme", { Authorization: "Bearer\tcurrent" }],
    ["blanks behind the token", { Authorization: "Bearer current  " }],
    ["the scheme Basic", { Authorization: "Basic current" }],
    ["the header of Anthropic's clients", { "X-Api-Key": "current" }],
    ["the header of Azure's clients", { "Api-Key": "current" }],
    ["two headers that say the same", { ...token("current"), "X-Api-Key": "current" }],
  ])("may send it with %s", async (_, headers) => {
    expect(await answerTo({ headers })).toEqual(passed);
  });

  it.each([
    ["no credentials", {}],
    ["empty credentials", { Authorization: "" }],
    ["a scheme alone", { Authorization: "Bearer" }],
    ["a token without a scheme", { Authorization: "current" }],
    ["another scheme", { Authorization: "Digest current" }],
    ["an unknown token", token("unknown")],
    ["a token that has ended", token("ended")],
    ["a part of the token", token("curren")],
    ["more behind the token", token("current x")],
    ["more before the token", { Authorization: "x Bearer current" }],
    ["two tokens", { Authorization: "Bearer current, Bearer current" }],
    ["the token's hash", token(tokenOf("current").sha256)],
    ["the token in a query", {}],
    ["the token in another header", { "X-Token": "current" }],
    ["a wrong token in Authorization and the right one elsewhere", { ...token("wrong"), "X-Api-Key": "current" }],
  ])("is nobody with %s", async (_, headers) => {
    const target = "/api/chat?api_key=current";
    expect(await answerTo({ headers, target })).toEqual(unauthorized);
  });

  it("is told how to show a token", async () => {
    const { headers } = await send({ headers: {} });
    expect(headers["www-authenticate"]).toBe('Bearer realm="gemma"');
  });
});

describe("what a client may ask", () => {
  it.each([
    ["GET", "/api/tags", ["passed on", "/api/tags", undefined]],
    ["HEAD", "/api/tags", ["passed on"]],
    ["POST", "/v1/chat/completions", ["passed on", "/v1/chat/completions", "backend"]],
    ["POST", "/v1/embeddings", ["passed on", "/v1/embeddings", "backend"]],
    ["GET", "/v1/models", ["passed on", "/v1/models", undefined]],
    ["GET", "/v1/models/gemma3n:e4b", ["passed on", "/v1/models/gemma3n:e4b", "backend"]],
    ["GET", "/v1/models/hf.co/a/b:Q4", ["passed on", "/v1/models/hf.co/a/b:Q4", "backend"]],
    ["POST", "/v1/messages", ["passed on", "/v1/messages", "backend"]],
    ["POST", "/v1/audio/transcriptions", ["passed on", "/v1/audio/transcriptions", "backend"]],
    ["POST", "/api/tags", closed],
    ["GET", "/api/chat", closed],
    ["POST", "/api/generate", closed],
    ["GET", "/api/ps", closed],
    ["DELETE", "/api/delete", closed],
    ["POST", "/api/pull", closed],
    ["POST", "/", closed],
    ["POST", "/v1/models", closed],
    ["DELETE", "/v1/models/gemma3n:e4b", closed],
    ["POST", "/v1/messages/count_tokens", closed],
    ["TRACE", "/api/chat", closed],
    ["OPTIONS", "/api/chat", closed],
  ])("with these words: %s %s", async (method, target, answer) => {
    expect(await answerTo({ method, target })).toEqual(answer);
  });

  it("is not what another client may ask", async () => {
    expect(await answerTo({ headers: token("web-token") })).toEqual(closed);
  });

  it("is told to those alone who may ask anything", async () => {
    expect(await answerTo({ target: "/api/delete", headers: {} })).toEqual(unauthorized);
    expect(await answerTo({ target: "/api/../delete", headers: {} })).toEqual(unauthorized);
  });

  it("is known before it is sent", async () => {
    const { headers } = await send({ headers: { ...token("current"), "X-Gemma-Client": "web", Cookie: "a=b" } });
    expect(headers["server"]).toBeUndefined();
  });
});

describe("how a path may be spelled", () => {
  it.each([
    "/api/chat/",
    "//api/chat",
    "//api/chat/",
    "/api/chat?x=1",
    "/api/chat?",
    "/api/chat/?x=/../y",
    "/api/%63hat",
    "/%61pi/cha%74",
    "http://127.0.0.1/api/chat",
  ])("so: %s", async (target) => {
    expect(await answerTo({ target })).toEqual(passed);
  });

  it.each(["/v1/models/gemma3n%3Ae4b", "/v1/models/gemma3n%3ae4b?limit=10", "/v1/models/gemma3n:e4b/"])(
    "so, with a model: %s",
    async (target) => {
      const answer = ["passed on", "/v1/models/gemma3n:e4b", "backend"];
      expect(await answerTo({ method: "GET", target })).toEqual(answer);
    },
  );

  it.each([
    "/api//chat",
    "///api/chat",
    "/api/chat//",
    "/api/./chat",
    "/./api/chat",
    "/api/x/../chat",
    "/../api/chat",
    "/api/%2e%2e/api/chat",
    "/api/chat/..",
    "/api/chat/.",
    "/api%2Fchat",
    "/api/ch%2561t",
    "/api/chat%00",
    "/api/chat%0A",
    "/api/chat%20",
    "/api/chat%",
    "/api/%%36%33hat",
    "/api/chat;x",
    "/api/chat\\",
  ])("not so: %j", async (target) => {
    expect(await answerTo({ target })).toEqual(misspelled);
  });

  it.each(["/API/chat", "/api/Chat", "/api/chat."])("not so, as it is another path: %j", async (target) => {
    expect(await answerTo({ target })).toEqual(closed);
  });
});

describe("by which names", () => {
  it.each(["llm.example.org", "LLM.example.org", "llm.example.org:8443", "127.0.0.1:1", "[::1]:80", "[::1]"])(
    "%s is one",
    async (host) => {
      expect(await answerTo({ host })).toEqual(passed);
    },
  );

  it.each(["evil.example.org", "localhost", "llm.example.org.evil", "llm.example.org.", ""])(
    "%j is none, whoever asks",
    async (host) => {
      expect(await answerTo({ host })).toEqual(unknownName);
      expect(await answerTo({ host, headers: {} })).toEqual(unknownName);
    },
  );
});

describe("without a token", () => {
  it.each([
    ["GET", "/", "Ollama is running"],
    ["HEAD", "/", ""],
    ["GET", "/healthz", "ok"],
    ["HEAD", "/healthz", ""],
  ])("whether it is there: %s %s, by any name", async (method, target, text) => {
    const { status, body } = await send({ method, target, host: "10.1.2.3:8080", headers: {} });
    expect([status, body]).toEqual([200, text]);
  });

  it.each([
    ["POST", "/healthz"],
    ["GET", "/healthz/x"],
    ["GET", "/api/version"],
    ["GET", "/metrics"],
  ])("nothing else: %s %s", async (method, target) => {
    expect(await answerTo({ method, target, headers: {} })).toEqual(unauthorized);
  });
});

describe("from which pages", () => {
  const asking = { "Access-Control-Request-Method": "POST" };
  const others = ["https://evil.example.org", "null", `${app}.evil`, `${app}:8443`, "http://app.example.org", ""];

  it("those of a listed origin", async () => {
    expect(await answerTo({ headers: { ...token("current"), Origin: app } })).toEqual(passed);
  });

  it.each(others)("not those of %j", async (Origin) => {
    expect(await answerTo({ headers: { ...token("current"), Origin } })).toEqual(foreign);
    expect(await answerTo({ method: "OPTIONS", headers: { ...asking, Origin } })).toEqual(foreign);
  });

  it("which may ask first, without a token", async () => {
    const headers = { ...asking, "Access-Control-Request-Headers": "x-stainless-os, authorization", Origin: app };
    const answer = await send({ method: "OPTIONS", headers });
    expect(answer.status).toBe(204);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": app,
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": "x-stainless-os, authorization",
      "access-control-max-age": "600",
      vary: "Origin",
    });
  });

  it.each([{ Origin: app }, asking, {}])("which alone ask with OPTIONS, so %j is no such question", async (headers) => {
    expect(await answerTo({ method: "OPTIONS", headers })).toEqual(unauthorized);
  });

  const refusals: readonly (readonly [number, Asked])[] = [
    [200, {}],
    [400, { target: "/api//chat" }],
    [401, { headers: {} }],
    [403, { target: "/api/pull" }],
    [413, { body: "x".repeat(1024 * 1024 + 1) }],
  ];
  it.each(refusals)("which see a %d as what it is", async (status, asked) => {
    const answer = await send({ ...asked, headers: { ...(asked.headers ?? token("current")), Origin: app } });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": app,
      "access-control-expose-headers": "Retry-After",
      vary: "Origin",
    });
  });

  const listed: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["*", ["https://any.example.org", "null"], []],
    ["https://*.example.org", ["https://a.b.example.org"], ["https://example.org", "https://evil.org/.example.org"]],
    ["http://localhost:*", ["http://localhost:8080"], ["http://localhost.evil.org"]],
    [app, [app], ["https://appxexample.org"]],
  ];
  it.each(listed)("of %s, which are %j and not %j", async (origin, may, mayNot) => {
    await edge.configure({ policy: { ...policy, origins: [origin] } });
    for (const Origin of may) expect(await answerTo({ headers: { ...token("current"), Origin } })).toEqual(passed);
    for (const Origin of mayNot) expect(await answerTo({ headers: { ...token("current"), Origin } })).toEqual(foreign);
  });
});
