import { once } from "node:events";
import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from "node:http2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EdgeClient } from "../support/edge-client.ts";
import { model } from "../support/fixtures.ts";
import { rawRequest } from "../support/raw-request.ts";
import { heldPlace, maxBody, startWholeGateway, type WholeGateway } from "../support/whole-gateway.ts";

// What real clients do, which `npm run test:clients` tries with the clients themselves.

let gateway: WholeGateway;
beforeAll(async () => {
  gateway = await startWholeGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const json = (value: object) => JSON.stringify(value);
const messages = [{ role: "user", content: "Say hi." }];
const chat = { model, messages, stream: false, options: { num_predict: 2, temperature: 0 } };
const completion = { model, messages, max_tokens: 2, temperature: 0 };
const tooLong = json({ ...chat, x: "x".repeat(2 * maxBody * 1024 * 1024) });

const post = (path: string, headers: Record<string, string>, body: string) =>
  fetch(`${gateway.url}${path}`, { method: "POST", headers, body });
const bearer = (client: string) => ({ Authorization: `Bearer ${client}-token` });

describe("a token", () => {
  it.each([
    ["OpenAI's and Ollama's", "/v1/chat/completions", bearer("all")],
    ["Azure's", "/v1/chat/completions", { "Api-Key": "all-token" }],
    ["Anthropic's", "/v1/messages", { "X-Api-Key": "all-token", "Anthropic-Version": "2023-06-01" }],
  ])("is sent as %s clients do", async (_, path, headers) => {
    const answer = await post(path, headers, json(completion));
    expect([answer.status, Object.keys((await answer.json()) as object)]).toEqual([
      200,
      expect.arrayContaining(["id", "model"]),
    ]);
  });
});

describe("an error", () => {
  const plain = (message: string) => ({ error: message });
  const openai = (message: string) => ({
    error: { message, type: expect.any(String) as string, param: null, code: null },
  });
  const anthropic = (message: string) => ({
    type: "error",
    error: expect.objectContaining({ message, type: expect.any(String) as string }) as object,
  });
  const shapes = [
    ["/api/chat", plain],
    ["/v1/chat/completions", openai],
    ["/v1/messages", anthropic],
  ] as const;

  it.each(shapes)("has the shape that clients of %s show", async (path, shape) => {
    using _place = await heldPlace(gateway.url);
    const tried = [
      [401, "wrong", json(completion), "unauthorized: send your token as Authorization: Bearer TOKEN"],
      [404, "all", json({ ...completion, model: "other" }), expect.stringMatching(/^model 'other' not found; /)],
      [413, "all", tooLong, "the request is too large; see gateway.maxBody"],
      [429, "small", json(completion), "too many requests at once; try again later"],
    ] as const;
    for (const [status, client, body, message] of tried) {
      const answer = await post(path, bearer(client), body);
      expect([answer.status, await answer.json()]).toEqual([status, shape(message as string)]);
    }
  });

  it.each(shapes.slice(1))("of rights has it too, at %s", async (path, shape) => {
    const answer = await post(path, bearer("chat"), json(completion));
    expect([answer.status, await answer.json()]).toEqual([403, shape("this endpoint is not open to this client")]);
  });

  it("of a model without embeddings is told as it is", async () => {
    const answer = await post("/v1/embeddings", bearer("all"), json({ model, input: "hi" }));
    expect([answer.status, await answer.json()]).toEqual([
      501,
      openai(expect.stringContaining("embeddings") as string),
    ]);
  });
});

describe("an answer", () => {
  it.each([
    ["/v1/chat/completions", { ...completion, stream: true }, /^data: \{.*data: \[DONE\]\n\n$/s],
    ["/v1/messages", { ...completion, stream: true }, /^event: message_start\n.*event: message_stop\n/s],
    ["/api/chat", { ...chat, stream: true }, /^\{.*"done":false\}\n.*"done":true.*\}\n$/s],
  ])("comes as a stream of %s does", async (path, body, pattern) => {
    const answer = await post(path, bearer("all"), json(body));
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(pattern)]);
  });

  it("leaves the model as it is, whatever context a client such as LlamaIndex asks for", async () => {
    await post("/api/chat", bearer("all"), json(chat));
    const [before] = await gateway.loaded();
    const answer = await post("/api/chat", bearer("all"), json({ ...chat, options: { num_ctx: 512, num_predict: 2 } }));
    expect(answer.status).toBe(200);
    expect(before).toMatchObject({ name: model, context_length: 4096 });
    expect(await gateway.loaded()).toEqual([before]);
  });
});

describe("HTTP/1.1", () => {
  const asked = (path: string, token: string, body: string) =>
    [
      ...[`POST ${path} HTTP/1.1`, "Host: 127.0.0.1", `Authorization: Bearer ${token}`, "Expect: 100-continue"],
      ...["Connection: close", `Content-Length: ${body.length}`, "", body],
    ].join("\r\n");

  it.each([
    ["who may have all slots", "all-token", "/api/chat", json(chat)],
    ["who has a lane", "small-token", "/api/chat", json(chat)],
    ["that reads", "all-token", "/api/show", json({ model })],
  ])("tells a client %s and asks to go on, once", async (_, token, path, body) => {
    const whole = await rawRequest(Number(new URL(gateway.url).port), asked(path, token, body));
    expect([whole.status, whole.answers, whole.body.startsWith("HTTP/1.1 200 OK\r\n")]).toEqual([100, 2, true]);
  });

  it("tells a client that asks to go on why not", async () => {
    const port = Number(new URL(gateway.url).port);
    const refused = await rawRequest(port, asked("/api/chat", "wrong-token", json(chat)));
    expect([refused.status, refused.answers]).toEqual([401, 1]);
  });

  it("keeps its connection, also after errors without a body", async () => {
    const client = new EdgeClient(gateway.url, "all-token");
    const answers = [];
    for (let index = 0; index < 50; index += 1)
      answers.push(await client.send({ method: "GET", path: index % 2 === 0 ? "/v1/models" : "/api/pull" }));
    client.close();
    const kept = answers.map(({ status, headers }) => `${status}, ${headers.connection ?? "kept"}`);
    expect([...new Set(kept)]).toEqual(["200, kept", "403, kept"]);
  });
});

describe("HTTP/2", () => {
  let session: ClientHttp2Session;
  beforeAll(() => {
    session = connect(gateway.tlsUrl, { rejectUnauthorized: false });
  });
  afterAll(() => {
    session.destroy();
  });

  async function ask(path: string, token: string, body?: string): Promise<[number, string]> {
    const method = body === undefined ? "GET" : "POST";
    const length = body === undefined ? {} : { "content-length": body.length };
    const stream = session.request({ ":method": method, ":path": path, authorization: `Bearer ${token}`, ...length });
    stream.end(body);
    const [headers] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status": number }];
    let text = "";
    for await (const piece of stream.setEncoding("utf8")) text += piece as string;
    return [headers[":status"], text];
  }

  it("lets a client send as much as it may before it was told", async () => {
    if (session.connecting || Object.keys(session.remoteSettings).length === 0) await once(session, "remoteSettings");
    expect(session.remoteSettings.initialWindowSize).toBe(65_535);
    expect((await ask("/api/show", "all-token", json({ model, x: "x".repeat(900_000) })))[0]).toBe(200);
  });

  it("goes on on the same connection, whatever was refused", async () => {
    const statuses = await Promise.all(Array.from({ length: 60 }, () => ask("/v1/models", "all-token")));
    expect([...new Set(statuses.map(([status]) => status))]).toEqual([200]);
    expect((await ask("/api/chat", "wrong-token", json(chat)))[0]).toBe(401);
    expect((await ask("/api/chat", "all-token", json({ ...chat, model: "other" })))[0]).toBe(404);
    const large = await ask("/api/chat", "all-token", tooLong);
    expect(large).toEqual([
      413,
      json({ error: "the body has more than 1048576 bytes, which is the most that is taken" }),
    ]);
    expect((await ask("/v1/models", "all-token"))[0]).toBe(200);
    expect([session.closed, session.destroyed]).toEqual([false, false]);
  });
});

describe("a page", () => {
  const Origin = "http://localhost:3000";
  const allowed = { "access-control-allow-origin": Origin, "access-control-expose-headers": "Retry-After" };
  const seen = ({ headers }: Response) =>
    Object.fromEntries(Object.keys(allowed).map((name) => [name, headers.get(name)]));

  it("of an allowed origin is let ask, and sees what became of it", async () => {
    using _place = await heldPlace(gateway.url);
    const question = {
      Origin,
      "Access-Control-Request-Method": "POST",
      "Access-Control-Request-Headers": "authorization",
    };
    const before = await fetch(`${gateway.url}/api/chat`, { method: "OPTIONS", headers: question });
    expect([before.status, before.headers.get("access-control-allow-headers")]).toEqual([204, "authorization"]);
    for (const [status, client, body] of [
      [200, "all", json(chat)],
      [401, "wrong", json(chat)],
      [404, "all", json({ ...chat, model: "other" })],
      [413, "all", tooLong],
      [429, "small", json(chat)],
    ] as const) {
      const answer = await post("/api/chat", { ...bearer(client), Origin }, body);
      expect([answer.status, seen(answer)]).toEqual([status, allowed]);
      await answer.text();
    }
  });
});
