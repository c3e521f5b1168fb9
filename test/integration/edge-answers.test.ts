import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EdgeClient, serverOf } from "../support/edge-client.ts";
import { startEdge, testClient, tokenOf, type TestEdge } from "../support/edge.ts";
import { rawRequest } from "../support/raw-request.ts";
import { docker, must } from "../support/shell.ts";

const MiB = 1024 * 1024;
const named = Buffer.from("web.1:secret").toString("base64");

const policy = {
  clients: [testClient("web", { tokens: [tokenOf("web-token"), tokenOf("ended", 1)], endpoints: ["chat", "openai"] })],
};

let edge: TestEdge;
let client: EdgeClient;

const change = { policy, settings: { holdTimeout: 1 } };

beforeAll(async () => {
  edge = await startEdge(change);
  client = new EdgeClient(edge.url, "web-token");
});

afterAll(async () => {
  client.close();
  await edge[Symbol.asyncDispose]();
});

const inOpenAiShape = (message: string, type = "invalid_request_error") => ({
  error: { message, type, param: null, code: null },
});

describe("an error", () => {
  const message = "this endpoint is not open to this client";

  it.each([
    ["/api/pull", { error: message }],
    ["/v1/files", inOpenAiShape(message)],
    ["//v1/files", inOpenAiShape(message)],
    ["/v1/messages", { type: "error", ...inOpenAiShape(message) }],
  ])("has the shape that the clients of %s read", async (path, expected) => {
    const { status, headers, text } = await client.send({ path });
    expect([status, JSON.parse(text)]).toEqual([403, expected]);
    expect(headers).toMatchObject({ "content-type": "application/json", "x-content-type-options": "nosniff" });
  });

  it.each([
    ["what is no HTTP", "nonsense\r\n\r\n", 400, "the request cannot be read"],
    ["a fragment", "GET /api/tags#x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400, "the request cannot be read"],
    [
      "two names",
      "GET http://evil.example.org/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
      400,
      "the request cannot be read",
    ],
    [
      "long headers",
      `GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`,
      431,
      "the headers of the request are too large",
    ],
  ])("of %s is one of few words", async (_, request, status, error) => {
    const answer = await rawRequest(edge.port, request);
    expect([answer.status, answer.body]).toEqual([status, JSON.stringify({ error })]);
    expect(answer.headers).toMatchObject({ "content-type": "application/json", "x-content-type-options": "nosniff" });
  });

  it("of a body that is too long is told whatever of it was sent", async () => {
    const { status, text } = await client.send({ body: "x".repeat(33 * MiB) });
    expect([status, text]).toEqual([413, '{"error":"the request is too large; see gateway.maxBody"}']);
  });

  it("of a wrong token is told whatever was sent", async () => {
    const nobody = new EdgeClient(edge.url, "wrong");
    const refused = Array.from({ length: 20 }, (_, index) => nobody.send({ body: "x".repeat(index * 100_000) }));
    expect([...new Set((await Promise.all(refused)).map(({ status }) => status))]).toEqual([401]);
    nobody.close();
  });

  it("of one request leaves no connection on which the next one is lost", async () => {
    const statuses: number[] = [];
    for (let request = 1; request <= 40; request += 1) {
      statuses.push((await client.send({ body: "x".repeat(6 * MiB) })).status);
      statuses.push((await client.send()).status);
    }
    expect(statuses).toEqual(Array.from({ length: 40 }, () => [413, 200]).flat());
  });

  it("of a server that is not there is told when it was waited for", async () => {
    await edge.configure({ policy, settings: { holdTimeout: 1 }, server: undefined });
    const [chat, models] = await Promise.all([
      client.send({ path: "/v1/chat/completions" }),
      client.send({ method: "GET", path: "/v1/models" }),
    ]);
    const expected = inOpenAiShape("the model server is not there, or too busy; try again later", "server_error");
    for (const { status, headers, text } of [chat, models]) {
      expect([status, headers["retry-after"], JSON.parse(text)]).toEqual([503, "5", expected]);
    }
    await edge.configure({ policy, settings: { holdTimeout: 1 } });
  });

  it("of a server that ends while it answers is told", async () => {
    const lost = client.send({ headers: { "x-test-delay": "60000" } });
    const command = "echo '@1 show stat generating 2 -1' | nc 127.0.0.1 9999 | grep BACKEND | cut -d , -f 5";
    await expect.poll(() => docker("exec", edge.container, "sh", "-c", command)).toBe("1");
    await docker("kill", edge.servers[0]);
    const { status, text } = await lost;
    expect([status, text]).toEqual([502, '{"error":"the model server ended the connection before it answered"}']);
    await docker("start", edge.servers[0]);
  });
});

describe("an answer", () => {
  it("goes on word by word as it comes", async () => {
    const sent = performance.now();
    let first = 0;
    const headers = { "x-test-lines": "2", "x-test-pause": "1000" };
    await client.send({ headers, arrived: () => (first = performance.now() - sent) });
    expect(performance.now() - sent - first).toBeGreaterThan(900);
  });
});

describe("what the server gets", () => {
  it("is the client's name, and nothing that is for the edge alone", async () => {
    const more = {
      "X-Gemma-Client": "other",
      "X-Gemma-Anything": "x",
      "X-Api-Key": "secret",
      "Api-Key": "secret",
      Cookie: "a=b",
      Referer: "http://localhost/",
      Expect: "100-continue",
      "X-Stainless-Os": "Linux",
      "User-Agent": "test",
    };
    const { text } = await client.send({ path: "/api/chat/?secret=1", headers: more, body: '{"a":1}' });
    expect(JSON.parse(text)).toEqual({
      server: edge.servers[0],
      method: "POST",
      path: "/api/chat",
      bytes: 7,
      headers: {
        "content-length": "7",
        host: `127.0.0.1:${edge.port}`,
        "user-agent": "test",
        "x-gemma-client": "web",
        "x-stainless-os": "Linux",
      },
    });
  });

  it("is a body in pieces too, which the server counts", async () => {
    const headers = { "Transfer-Encoding": "chunked", "Content-Length": [] };
    const { text } = await client.send({ headers, body: "x".repeat(2 * MiB) });
    expect(JSON.parse(text)).toMatchObject({ bytes: 2 * MiB });
  });

  it("is a body that a client sends when it was told to go on, once", async () => {
    const start = "POST /api/chat HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n";
    const length = `Content-Length: ${MiB}\r\n`;
    const body = `\r\n${"x".repeat(MiB)}`;
    const sent = await rawRequest(edge.port, `${start}Authorization: Bearer web-token\r\n${length}${body}`);
    expect([sent.status, sent.answers]).toEqual([100, 2]);
    expect(sent.body).toContain(`"bytes":${MiB},`);
    expect(sent.body).not.toContain('"expect"');
    const refused = await rawRequest(edge.port, `${start}${length}${body}`);
    expect([refused.status, refused.answers]).toEqual([401, 1]);
  });

  it("is one request, also where a second one is hidden in it", async () => {
    const token = "Authorization: Bearer web-token\r\n";
    const hidden = `GET /api/delete HTTP/1.1\r\nHost: localhost\r\n${token}\r\n`;
    const start = `POST /api/chat HTTP/1.1\r\nHost: localhost\r\n${token}`;
    const both = await rawRequest(
      edge.port,
      `${start}Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    );
    expect([both.status, both.answers]).toEqual([200, 1]);
    const two = await rawRequest(edge.port, `${start}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde${hidden}`);
    expect(two.answers).toBeLessThanOrEqual(1);
    expect(two.status === 0 || two.status === 400).toBe(true);
  });
});

describe("the edge's log", () => {
  /** Lines about requests, of an edge that has had no others: those of earlier tests may come late. */
  async function linesOf({ container }: TestEdge, count: number): Promise<Record<string, unknown>[]> {
    const read = async () => {
      const text = await must("docker", ["logs", container]);
      return text.split("\n").filter((line) => line.startsWith("{"));
    };
    await expect.poll(async () => (await read()).length).toBe(count);
    return (await read()).map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  it("has a line for each request that says who, what, and how it ended, and nothing that is secret", async () => {
    await using edge = await startEdge(change);
    const client = new EdgeClient(edge.url, "web-token");
    const secrets = { Referer: "http://secret/", "X-Secret": "secret", Cookie: "secret" };
    await client.send({ path: "/api/chat/?secret=1", headers: { ...secrets, "x-test-delay": "20" }, body: "secret" });
    await client.send({ method: "GET", path: "/v1/models/", headers: { "x-test-status": "404" } });
    await client.send({ path: "/api/pull" });
    await client.send({ body: "secret".repeat(MiB) });
    await new EdgeClient(edge.url, "ended").send();
    await new EdgeClient(edge.url, named).send();
    await new EdgeClient(edge.url, "secret-token").send();
    await client.send({ method: "GET", path: "/healthz" });
    const lines = await linesOf(edge, 7);
    expect(
      lines.map(({ client: who, method, endpoint, status, ended }) => [who, method, endpoint, status, ended]),
    ).toEqual([
      ["web", "POST", "/api/chat", 200, "--"],
      ["web", "GET", "/v1/models", 404, "--"],
      ["web", "POST", "/api/pull", 403, "LR"],
      ["web", "POST", "/api/chat", 413, "LR"],
      ["web", "POST", "/api/chat", 401, "LR"],
      ["web", "POST", "/api/chat", 401, "LR"],
      ["", "POST", "/api/chat", 401, "LR"],
    ]);
    const [first = {}] = lines;
    expect(Object.keys(first)).toEqual([
      "time",
      "client",
      "method",
      "endpoint",
      "status",
      "first_byte_ms",
      "queue_ms",
      "duration_ms",
      "bytes_in",
      "bytes_out",
      "ended",
      "address",
    ]);
    expect(first["first_byte_ms"]).toBeGreaterThanOrEqual(20);
    expect(first["time"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    const whole = await must("docker", ["logs", edge.container]);
    expect(whole).not.toMatch(/secret|web-token/);
    client.close();
  });

  it("tells of a client that left while it was answered, with the status that it saw", async () => {
    await using edge = await startEdge(change);
    const leaving = new EdgeClient(edge.url, "web-token");
    const headers = { "x-test-lines": "1000", "x-test-pause": "20" };
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const cut = leaving.send({
      headers,
      arrived: () => {
        resolve(undefined);
      },
    });
    await promise;
    leaving.close();
    await cut;
    const [line] = await linesOf(edge, 1);
    expect(line).toMatchObject({ client: "web", endpoint: "/api/chat", status: 200, ended: "CD" });
    const command = "echo '@1 show stat generating 2 -1' | nc 127.0.0.1 9999 | grep BACKEND | cut -d , -f 5";
    await expect.poll(() => docker("exec", edge.container, "sh", "-c", command)).toBe("0");
  });
});

describe("the edge's figures", () => {
  it("are told inside, and the health of the edge", async () => {
    expect(serverOf(await client.send())).toBe(edge.servers[0]);
    const get = (path: string) =>
      docker("exec", edge.container, "wget", "-q", "-O", "-", `http://127.0.0.1:8404${path}`);
    expect(await get("/healthz")).toBe("ok");
    const metrics = await get("/metrics");
    expect(metrics).toMatch(/^haproxy_backend_sessions_total\{proxy="generating"\} [1-9]/m);
    expect(metrics).toMatch(/^haproxy_backend_current_queue\{proxy="generating"\} 0$/m);
  });
});
