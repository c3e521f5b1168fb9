import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:net";
import { once } from "node:events";
import { imageId } from "../../support/bundle.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { model, oldOllamaImage, ollamaImage } from "../../support/fixtures.ts";
import { docker, run } from "../../support/shell.ts";
import { rawRequest } from "../../support/raw-request.ts";
import { freePort } from "../../support/free-port.ts";
import { uniqueName } from "../../support/unique-name.ts";

const registry = inject("registry");
const origin = "http://localhost:8080";

/** Everything Ollama 0.17.4 answers, by path, and the methods that the gateway lets through. */
const ollamaPaths: Readonly<Record<string, readonly string[]>> = {
  "/": [],
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
  "/v1/chat/completions": ["POST"],
  "/v1/completions": ["POST"],
  "/v1/embeddings": ["POST"],
  "/v1/responses": ["POST"],
  "/v1/models": ["GET", "HEAD"],
  [`/v1/models/${model}`]: ["GET", "HEAD"],
  "/v1/messages": [],
  "/v1/images/generations": [],
  "/metrics": [],
  "/config/": [],
};

/** Other ways to write a path that is open, or to hide one that is not. */
const tricks = [
  "//api/delete",
  "//api/generate",
  "/api//generate",
  "/api/generate/",
  "/api/generate/../delete",
  "/api/delete/../generate",
  "/api/./generate",
  "/api/generate/..%2fdelete",
  "/api%2Fgenerate",
  "/api/%67enerate",
  "/%2e%2e/api/delete",
  "/api/generate%00",
  "/api/generate%0d%0aX:%20y",
  "/api/generate;x=y",
  "/api/generate?x=/api/delete",
  "/API/GENERATE",
  "/api\\generate",
  "/v1/models/../../api/delete",
  "/v1/models/%2e%2e/%2e%2e/api/delete",
];

describe("who may ask the gateway, and what", () => {
  let stack: GatewayProject;
  let port: number;
  let baseImage: string;
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
  const generate = (token: string, options: object = { num_predict: 4 }) =>
    ask("/api/generate", {
      method: "POST",
      token,
      body: JSON.stringify({
        model,
        prompt: "The capital of France is",
        stream: false,
        options: { temperature: 0, ...options },
      }),
    });
  const http = (lines: readonly string[], body = "") => `${lines.join("\r\n")}\r\n\r\n${body}`;
  const head = () => [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${tokens["backend"]}`];
  const up = async (gateway: object) => {
    // No CPU limit: an old server takes a thread for every CPU, and those of a limit hold one another up.
    const { status, output } = await stack.up({ ...limits, ...gateway }, { ...origins, baseImage, cpus: "0" });
    if (status !== 0) throw new Error(output);
    tokens = await stack.tokens();
  };
  const limits = { maxQueue: 4, maxBody: "1m", readTimeout: "3s", hosts: ["llm.example.org"] };

  beforeAll(async () => {
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    // The one whose paths are written above.
    baseImage = await imageId(oldOllamaImage);
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
        error: "unauthorized: send the client's token as Authorization: Bearer TOKEN",
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
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
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
    const both = await rawRequest(port, http(["GET /api/tags HTTP/1.1", host, wrong, good]));
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
      "",
    ])
      seen[host] = (await rawRequest(port, http(["GET /api/version HTTP/1.1", `Host: ${host}`, line]))).status;
    expect(seen).toEqual({
      "127.0.0.1": 200,
      "localhost:1": 200,
      "llm.example.org": 200,
      "LLM.example.org:443": 200,
      "[::1]": 200,
      "evil.example.org": 403,
      "127.0.0.1.evil.org": 403,
      ollama: 403,
      "": 400,
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
    expect((await rawRequest(port, http(lines, chunks))).status).toBe(413);
    const image = `{"model":"${model}","prompt":"Hi","stream":false,"keep":"${"a".repeat(900 * 1024)}","options":{"num_predict":1}}`;
    expect(await statusOf("/api/generate", { method: "POST", token: tokens["backend"], body: image })).toBe(200);
  });

  it("does not wait for a body that does not come, nor for a header", async () => {
    const lines = ["POST /api/generate HTTP/1.1", ...head(), "Content-Length: 1000"];
    const started = Date.now();
    const slow = await rawRequest(port, http(lines, '{"model":'));
    // Caddy takes the end of the time for the request's, or for the client's going away.
    expect([
      [408, '{"error":"the request was not sent in time; see gateway.readTimeout"}'],
      [499, ""],
    ]).toContainEqual([slow.status, slow.body]);
    const socket = connect(port, "127.0.0.1");
    socket.write("GET /api/tags HTTP/1.1\r\n");
    await once(socket, "close");
    expect(Date.now() - started).toBeLessThan(30_000);
  });

  it("lets an answer take longer than a request may", { timeout: 300_000 }, async () => {
    const started = Date.now();
    const answer = await generate(tokens["backend"] ?? "", { num_predict: 300, stop: [] });
    expect(await answer.text()).toContain('"done":true');
    expect(answer.status).toBe(200);
    expect(Date.now() - started).toBeGreaterThan(3000);
  });

  it("answers 100 requests at once: those that fit, and 429 with Retry-After for the others", async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => generate(tokens["backend"] ?? "", { num_predict: 20 })),
    );
    const turnedAway = answers.filter(({ status }) => status === 429);
    expect(answers.filter(({ status }) => status === 200).length + turnedAway.length).toBe(100);
    // One that is answered and four that wait; a place may be free again before all 100 have come.
    expect(turnedAway.length).toBeGreaterThanOrEqual(80);
    expect(turnedAway[0]?.headers.get("retry-after")).toBe("5");
    expect(await turnedAway[0]?.json()).toEqual({ error: "too many requests at once; try again later" });
  });

  it("stops generating for a client that goes away", { timeout: 60_000 }, async () => {
    const controller = new AbortController();
    const body = JSON.stringify({ model, prompt: "Count to a million.", options: { num_predict: 4000 } });
    const answer = await ask("/api/generate", {
      method: "POST",
      token: tokens["backend"],
      body,
      signal: controller.signal,
    });
    await answer.body?.getReader().read();
    controller.abort();
    // One is answered at a time, and all 4000 tokens would take longer than this test may.
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
    await sleep(500);
    const { stdout } = await run("docker", ["ps", "--quiet", "--filter", "name=gateway-container"]);
    const { output } = await run("docker", ["logs", stdout.trim()]);
    const lines = output
      .split("\n")
      .flatMap((line) => (line.includes('"handled request"') ? [JSON.parse(line) as object] : []));
    expect(lines.at(-1)).toMatchObject({
      client: "backend",
      endpoint: "/api/generate",
      status: 200,
      duration: expect.any(Number) as number,
      first_byte_ms: expect.any(Number) as number,
    });
    expect(output).not.toContain("capital of France");
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
