import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { model, ollamaImage } from "../../support/fixtures.ts";
import { docker, run } from "../../support/shell.ts";
import { rawRequest } from "../../support/raw-request.ts";
import { freePort } from "../../support/free-port.ts";
import { uniqueName } from "../../support/unique-name.ts";

const registry = inject("registry");
const origin = "http://localhost:8080";

/** Everything Ollama 0.17.4 or 0.33.3 answers, by path, and the methods that the gateway lets through. */
const ollamaPaths: Readonly<Record<string, readonly string[]>> = {
  "/": ["GET", "HEAD"],
  "/api/status": [],
  "/api/tags": ["GET", "HEAD"],
  "/api/version": ["GET", "HEAD"],
  "/api/ps": ["GET", "HEAD"],
  "/api/show": ["POST"],
  "/api/generate": ["POST"],
  "/api/chat": ["POST"],
  "/api/embed": ["POST"],
  "/api/embeddings": ["POST"],
  "/api/pull": [],
  "/api/push": [],
  "/api/create": [],
  "/api/copy": [],
  "/api/delete": [],
  "/api/blobs/sha256:0000": [],
  "/api/me": [],
  "/api/signout": [],
  "/api/user/keys/x": [],
  "/api/experimental/web_search": [],
  "/api/experimental/web_fetch": [],
  "/api/experimental/model-recommendations": [],
  "/v1/chat/completions": ["POST"],
  "/v1/completions": ["POST"],
  "/v1/embeddings": ["POST"],
  "/v1/responses": ["POST"],
  "/v1/models": ["GET", "HEAD"],
  [`/v1/models/${model}`]: ["GET", "HEAD"],
  "/v1/messages": ["POST"],
  "/v1/images/generations": [],
  "/v1/audio/transcriptions": ["POST"],
  "/metrics": [],
  "/config/": [],
};

/** Ways to write a path that is none, or to hide one that is not open. */
const tricks = [
  "//api/delete",
  "/api//generate",
  "/api/generate/../delete",
  "/api/delete/../generate",
  "/api/./generate",
  "/api/generate/..%2fdelete",
  "/api%2Fgenerate",
  "/%2e%2e/api/delete",
  "/api/generate%00",
  "/api/generate%0d%0aX:%20y",
  "/api/generate;x=y",
  "/API/GENERATE",
  "/api\\generate",
  "/v1/models/../../api/delete",
  "/v1/models/%2e%2e/%2e%2e/api/delete",
];

describe("who may ask the gateway, and what", () => {
  let stack: GatewayProject;
  let port: number;
  let url: string;
  let tokens: Record<string, string>;
  const earlier: Record<string, Record<string, string>> = {};
  const origins = { ollama: { origins: [origin] } };

  const bearer = (token?: string) => (token === undefined ? {} : { Authorization: `Bearer ${token}` });
  const ask = (path: string, options: RequestInit & { token?: string | undefined } = {}) =>
    fetch(`${url}${path}`, { ...options, headers: { ...bearer(options.token), ...(options.headers as object) } });
  const statusOf = async (path: string, options: Parameters<typeof ask>[1] = {}) => {
    const answer = await ask(path, options);
    await answer.arrayBuffer();
    return answer.status;
  };
  const generate = (token: string, options: object = { num_predict: 16 }, further: object = {}) =>
    ask("/api/generate", {
      method: "POST",
      token,
      body: JSON.stringify({
        model,
        prompt: "The capital of France is",
        stream: false,
        options: { temperature: 0, ...options },
        ...further,
      }),
    });
  /** As it is continued word for word, an answer to it has no end. */
  const counting = { raw: true, prompt: "1, 2, 3, 4, 5, 6, 7, 8, 9," };
  const http = (lines: readonly string[], body = "") => `${lines.join("\r\n")}\r\n\r\n${body}`;
  const head = () => ["Connection: close", `Host: 127.0.0.1:${port}`, `Authorization: Bearer ${tokens["backend"]}`];
  const logOf = async (part: string) => {
    const { stdout } = await run("docker", ["ps", "--quiet", "--filter", `name=${part}-container`]);
    return (await run("docker", ["logs", stdout.trim()])).output;
  };
  const lastLine = async (part: string) => {
    const lines = (await logOf(part)).split("\n").filter((line) => line.startsWith("{"));
    return JSON.parse(lines.at(-1) ?? "{}") as object;
  };
  const up = async (gateway: object) => {
    const { status, output } = await stack.up({ ...limits, ...gateway }, origins);
    if (status !== 0) throw new Error(output);
    tokens = await stack.tokens();
  };
  const limits = { maxQueue: 4, maxBody: "1m", readTimeout: "3s", hosts: ["llm.example.org"], holdTimeout: "5m" };

  beforeAll(async () => {
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    stack = await gatewayProject(registry, port);
    await up({ clients: ["backend", { name: "web", endpoints: ["chat", "tags"] }, "guest"] });
    earlier["first"] = tokens;
  });

  afterAll(() => stack[Symbol.asyncDispose]());

  it("answers a client with its token", async () => {
    const answer = await generate(tokens["backend"] ?? "");
    expect(await answer.text()).toContain("Paris");
    expect(answer.status).toBe(200);
  });

  it.each([
    ["no token", undefined],
    ["an empty token", ""],
    ["a made-up token", "c2VjcmV0"],
    [
      "a token with the right beginning",
      Buffer.from("backend.1:wrongwrongwrongwrongwrongwrongwrongwrong").toString("base64"),
    ],
    [
      "a token of an unknown client",
      Buffer.from("nobody.1:wrongwrongwrongwrongwrongwrongwrongwrong1").toString("base64"),
    ],
  ])("answers %s with 401 in Ollama's shape, on every path", async (_, token) => {
    for (const path of ["/api/tags", "/api/generate", "/api/delete", "/nothing"]) {
      const answer = await ask(path, { token, method: path === "/api/tags" ? "GET" : "POST" });
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="gemma"');
      expect(await answer.json()).toEqual({
        error: "unauthorized: send your token as Authorization: Bearer TOKEN",
      });
    }
  });

  it("opens of all that Ollama answers only what is needed, by path and method", { timeout: 120_000 }, async () => {
    const seen: Record<string, string[]> = {};
    for (const path of Object.keys(ollamaPaths)) {
      seen[path] = [];
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const body = method === "POST" ? "{}" : undefined;
        const status = await statusOf(path, { method, token: tokens["backend"], ...(body ? { body } : {}) });
        if (status !== 403) seen[path].push(method);
      }
    }
    expect(seen).toEqual(ollamaPaths);
  });

  it("refuses in Ollama's shape", async () => {
    const answer = await ask("/api/delete", {
      method: "DELETE",
      token: tokens["backend"],
      body: `{"model":"${model}"}`,
    });
    expect(await answer.json()).toEqual({ error: "this endpoint is not open to this client" });
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await (await generate(tokens["backend"] ?? "")).text()).toContain("Paris");
  });

  it("lets a client do no more than its endpoints", async () => {
    const token = tokens["web"];
    const chat = JSON.stringify({
      model,
      messages: [{ role: "user", content: "Hi" }],
      stream: false,
      options: { num_predict: 2 },
    });
    expect(await statusOf("/api/chat", { method: "POST", token, body: chat })).toBe(200);
    expect(await statusOf("/api/tags", { token })).toBe(200);
    expect(await statusOf("/api/generate", { method: "POST", token, body: "{}" })).toBe(403);
    expect(await statusOf("/v1/models", { token })).toBe(403);
  });

  it("says that it is there to whoever asks, without a token", async () => {
    for (const [path, text] of [
      ["/", "Ollama is running"],
      ["/healthz", "ok"],
    ] as const) {
      const answer = await ask(path);
      expect([path, answer.status, await answer.text()]).toEqual([path, 200, text]);
      expect(await statusOf(path, { method: "HEAD" })).toBe(200);
    }
  });

  it.each(["//api/generate", "/api/generate/", "/api/%67enerate", "/api/generate?x=/api/delete"])(
    "takes the harmless spelling %s of an endpoint",
    async (path) => {
      const body = JSON.stringify({ model, prompt: "Hi", stream: false, options: { num_predict: 1 } });
      const lines = [`POST ${path} HTTP/1.1`, ...head(), `Content-Length: ${body.length}`];
      const { status, answers } = await rawRequest(port, http(lines, body));
      expect([status, answers]).toEqual([200, 1]);
    },
  );

  it("answers in the words of Anthropic's interface too, and what the model cannot do with an error", async () => {
    const token = tokens["backend"];
    const body = JSON.stringify({ model, max_tokens: 2, messages: [{ role: "user", content: "Hi" }] });
    const answer = await ask("/v1/messages", { method: "POST", token, body });
    expect([answer.status, await answer.json()]).toEqual([200, expect.objectContaining({ type: "message" })]);
    const form = new FormData();
    form.set("model", model);
    form.set("file", new Blob(["RIFF"]), "a.wav");
    const heard = await ask("/v1/audio/transcriptions", { method: "POST", token, body: form });
    expect(heard.status).toBeGreaterThanOrEqual(400);
    expect(await heard.json()).toMatchObject({ error: { message: expect.any(String) as string } });
  });

  it.each(tricks)("answers %s with 403, or does not read it", async (path) => {
    for (const method of ["POST", "DELETE"]) {
      const lines = [`${method} ${path} HTTP/1.1`, ...head(), "Content-Length: 2"];
      const { status, answers } = await rawRequest(port, http(lines, "{}"));
      expect([403, 400]).toContain(status);
      expect(answers).toBe(1);
    }
  });

  it.each([
    ["two lengths", ["Content-Length: 2", "Content-Length: 60"]],
    ["a length and chunks", ["Content-Length: 2", "Transfer-Encoding: chunked"]],
    ["an unknown encoding", ["Transfer-Encoding: xchunked"]],
    ["a hidden encoding", ["Transfer-Encoding : chunked"]],
    ["two hosts", ["Host: evil.example.org"]],
  ])("answers a request with %s once at most, and lets nothing through behind it", async (_, lines) => {
    const hidden = http([`DELETE /api/delete HTTP/1.1`, ...head(), "Content-Length: 2"], "{}");
    const { status, answers } = await rawRequest(
      port,
      http(["POST /api/generate HTTP/1.1", ...head(), ...lines], `0\r\n\r\n${hidden}`),
    );
    expect(status === 200).toBe(false);
    expect(answers).toBeLessThanOrEqual(1);
    expect(await (await generate(tokens["backend"] ?? "")).text()).toContain("Paris");
  });

  it("takes the last word on credentials from none but the first header", async () => {
    const good = `Authorization: Bearer ${tokens["backend"]}`;
    const wrong = "Authorization: Bearer c2VjcmV0";
    const host = `Host: 127.0.0.1:${port}`;
    const both = await rawRequest(port, http(["GET /api/tags HTTP/1.1", host, "Connection: close", wrong, good]));
    expect(both.status).toBe(401);
  });

  it("knows the names it is called by", async () => {
    const line = `Authorization: Bearer ${tokens["backend"]}`;
    const seen: Record<string, number> = {};
    for (const host of [
      "127.0.0.1",
      "localhost:1",
      "llm.example.org",
      "LLM.example.org:443",
      "[::1]",
      "evil.example.org",
      "127.0.0.1.evil.org",
      "ollama",
      "gateway:8080",
      "",
    ])
      seen[host] = (
        await rawRequest(port, http(["GET /api/version HTTP/1.1", "Connection: close", `Host: ${host}`, line]))
      ).status;
    expect(seen).toEqual({
      "127.0.0.1": 200,
      "localhost:1": 200,
      "llm.example.org": 200,
      "LLM.example.org:443": 200,
      "[::1]": 200,
      "evil.example.org": 403,
      "127.0.0.1.evil.org": 403,
      ollama: 403,
      "gateway:8080": 200,
      "": 403,
    });
  });

  it("answers browsers for the configured origins only", async () => {
    const preflight = (from: string) =>
      ask("/api/chat", {
        method: "OPTIONS",
        headers: {
          Origin: from,
          "Access-Control-Request-Method": "POST",
          "Access-Control-Request-Headers": "authorization,x-stainless-os",
        },
      });
    const good = await preflight(origin);
    expect(good.status).toBe(204);
    expect(good.headers.get("access-control-allow-origin")).toBe(origin);
    expect(good.headers.get("access-control-allow-headers")).toBe("authorization,x-stainless-os");
    const foreign = await preflight("http://evil.example.org");
    expect([foreign.status, foreign.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    const asked = async (from: string) => ask("/api/tags", { token: tokens["backend"], headers: { Origin: from } });
    const { headers: answered } = await asked(origin);
    expect(answered.get("access-control-allow-origin")).toBe(origin);
    expect(answered.get("access-control-expose-headers")).toBe("Retry-After");
    expect(answered.get("vary")).toContain("Origin");
    expect((await asked("http://evil.example.org")).status).toBe(403);
    expect((await asked("null")).status).toBe(403);
  });

  it("takes no body that is larger than the limit, however it is announced", async () => {
    const body = `{"model":"${model}","prompt":"${"a".repeat(1024 * 1024)}"}`;
    const answer = await ask("/api/generate", { method: "POST", token: tokens["backend"], body });
    expect([answer.status, await answer.json()]).toEqual([
      413,
      { error: "the request is too large; see gateway.maxBody" },
    ]);
    const chunks = `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    const lines = ["POST /api/generate HTTP/1.1", ...head(), "Transfer-Encoding: chunked"];
    const counted = await rawRequest(port, http(lines, chunks));
    expect([counted.status, counted.body]).toEqual([
      413,
      expect.stringContaining("the body has more than 1048576 bytes"),
    ]);
    const image = `{"model":"${model}","prompt":"Hi","stream":false,"keep":"${"a".repeat(900 * 1024)}","options":{"num_predict":1}}`;
    expect(await statusOf("/api/generate", { method: "POST", token: tokens["backend"], body: image })).toBe(200);
  });

  it("does not wait for a body that does not come, nor for a header", async () => {
    const lines = ["POST /api/generate HTTP/1.1", ...head(), "Content-Length: 1000"];
    const started = Date.now();
    const slow = await rawRequest(port, http(lines, '{"model":'));
    expect([slow.status, slow.body]).toEqual([
      408,
      '{"error":"the request was not sent in time; see gateway.readTimeout"}',
    ]);
    const socket = connect(port, "127.0.0.1");
    // One whose answer nobody reads does not close.
    socket.resume();
    socket.write("GET /api/tags HTTP/1.1\r\n");
    await once(socket, "close");
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it("lets an answer take longer than a request may", { timeout: 300_000 }, async () => {
    const started = Date.now();
    const answer = await generate(tokens["backend"] ?? "", { num_predict: 1000, repeat_penalty: 1 }, counting);
    expect(await answer.text()).toContain('"done":true');
    expect(answer.status).toBe(200);
    expect(Date.now() - started).toBeGreaterThan(3000);
  });

  it("answers 100 requests at once: those that fit, and 429 with Retry-After for the others", async () => {
    // So long that all 100 have come before the first place is free again.
    const long = { num_predict: 400, repeat_penalty: 1 };
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => generate(tokens["backend"] ?? "", long, counting)),
    );
    const turnedAway = answers.filter(({ status }) => status === 429);
    // One that is answered and four that wait.
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(turnedAway).toHaveLength(95);
    expect(turnedAway[0]?.headers.get("retry-after")).toBe("5");
    expect(await turnedAway[0]?.json()).toEqual({ error: "too many requests at once; try again later" });
  });

  it("stops generating for a client that goes away", { timeout: 60_000 }, async () => {
    const controller = new AbortController();
    const endless = { temperature: 0, num_predict: 100_000, repeat_penalty: 1 };
    const body = JSON.stringify({ model, ...counting, options: endless });
    const answer = await ask("/api/generate", {
      method: "POST",
      token: tokens["backend"],
      body,
      signal: controller.signal,
    });
    await answer.body?.getReader().read();
    controller.abort();
    // One is answered at a time, and all 100,000 tokens would take longer than this test may.
    expect((await generate(tokens["backend"] ?? "")).status).toBe(200);
  });

  it("rotates one token with an overlap, and touches no other", async () => {
    await up({
      clients: [{ name: "backend", rotation: 2 }, { name: "web", endpoints: ["chat", "tags"] }, "guest"],
      rotationOverlap: "20s",
    });
    const rotated = Date.now();
    const { backend: old = "", web, guest } = earlier["first"] ?? {};
    expect({ web: tokens["web"], guest: tokens["guest"] }).toEqual({ web, guest });
    expect(tokens["backend"]).not.toBe(old);
    expect(await statusOf("/api/tags", { token: old })).toBe(200);
    expect(await statusOf("/api/tags", { token: tokens["backend"] })).toBe(200);
    await sleep(Math.max(0, rotated + 21_000 - Date.now()));
    expect(await statusOf("/api/tags", { token: old })).toBe(401);
    expect(await statusOf("/api/tags", { token: tokens["backend"] })).toBe(200);
  });

  it("ends a token at once without an overlap, and one of a client that is removed", async () => {
    const { guest } = tokens;
    const second = tokens["backend"];
    await up({
      clients: [
        { name: "backend", rotation: 3 },
        { name: "web", endpoints: ["chat", "tags"] },
      ],
      rotationOverlap: "0s",
    });
    expect(await statusOf("/api/tags", { token: second })).toBe(401);
    expect(await statusOf("/api/tags", { token: guest })).toBe(401);
    expect(await statusOf("/api/tags", { token: tokens["backend"] })).toBe(200);
    expect(tokens["web"]).toBe(earlier["first"]?.["web"]);
  });

  it("logs client, endpoint, status and times, and neither token nor prompt", async () => {
    await generate(tokens["backend"] ?? "");
    const common = { client: "backend", endpoint: "/api/generate", status: 200 };
    const number = expect.any(Number) as number;
    const figures = { first_byte_ms: number, duration_ms: number };
    await expect
      .poll(() => lastLine("gateway"))
      .toMatchObject({ ...common, ...figures, queue_ms: number, ended: "--" });
    await expect.poll(() => lastLine("usher")).toMatchObject({ ...common, ...figures, model, answer_tokens: number });
    for (const part of ["gateway", "usher"]) {
      const log = await logOf(part);
      expect(log).not.toContain("capital of France");
      for (const token of Object.values(tokens)) expect(log).not.toContain(token);
    }
  });

  it("keeps the server away from the outside, and others from the server", { timeout: 180_000 }, async () => {
    const { containerName } = await stack.project.outputs("prod");
    const network = uniqueName("gemma-e2e-outside");
    await docker("network", "create", network);
    await docker("network", "connect", network, registry.container);
    const addressOf = async (container: string) => {
      const format = "{{range $name, $network := .NetworkSettings.Networks}}{{$name}}={{$network.IPAddress}} {{end}}";
      return new Map(
        (await docker("inspect", "--format", format, container))
          .split(" ")
          .map((pair) => pair.split("=") as [string, string]),
      );
    };
    const outside = `http://${(await addressOf(registry.container)).get(network)}:5000/v2/`;
    const [server] = (await addressOf(containerName)).values();
    const free = await docker("run", "-d", "--network", network, ollamaImage);
    const get = (container: string, from: string) =>
      run("docker", ["exec", container, ..."busybox timeout 3 busybox wget -q -O -".split(" "), from]);
    const others = await docker("run", "-d", ollamaImage);
    const seen = {
      "elsewhere to the outside": (await get(free, outside)).status === 0,
      "the server to the outside": (await get(containerName, outside)).status === 0,
      "the server to itself": (await get(containerName, "http://127.0.0.1:11434/api/version")).status === 0,
      "the default network to the server": (await get(others, `http://${server}:11434/api/version`)).status === 0,
    };
    for (const container of [free, others]) await docker("rm", "-f", "-v", container);
    await docker("network", "disconnect", network, registry.container);
    await docker("network", "rm", network);
    expect(seen).toEqual({
      "elsewhere to the outside": true,
      "the server to the outside": false,
      "the server to itself": true,
      "the default network to the server": false,
    });
  });
});
