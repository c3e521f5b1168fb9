import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { client } from "./support/ruled.ts";
import { runningUsher } from "./support/running-usher.ts";
import { json, stubOllama } from "./support/stub-ollama.ts";

const number = expect.any(Number) as number;
const chat = '{"model":"gemma3n:e2b","messages":[]}';

/** What the log says of a request that ended well, but for these fields. */
const logged = (fields: object) => ({
  time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
  client: "web",
  endpoint: "/api/chat",
  model: "gemma3n:e2b",
  status: 200,
  first_byte_ms: number,
  duration_ms: number,
  prompt_tokens: null,
  answer_tokens: null,
  bytes: number,
  failure: null,
  ...fields,
});

describe("a request", () => {
  it("gets to Ollama as its rules leave it, with no more headers than it needs", async () => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher({ ...ollama, clients: [{ ...client, maxTokens: 9 }] });
    const headers = { Accept: "a/b", "Content-Type": "c/d", "User-Agent": "e", "X-Api-Key": "secret", TE: "trailers" };
    await usher.send("POST", "/api/chat?key=secret", '{"model":"gemma3n:e2b","keep_alive":0}', headers);
    const body = '{"model":"gemma3n:e2b","options":{"num_predict":9}}';
    expect(ollama.got).toEqual([
      {
        line: "POST /api/chat",
        headers: {
          host: ollama.upstream,
          accept: "a/b",
          "content-type": "c/d",
          "user-agent": "e",
          "content-length": String(body.length),
          connection: "keep-alive",
        },
        body,
      },
    ]);
    expect(JSON.stringify(usher.lines)).not.toContain("secret");
  });

  it("without a body is passed on as it is, over a connection that is kept", async () => {
    const ollama = await stubOllama((response) => {
      json(response, { version: "1" });
    });
    const usher = await runningUsher(ollama);
    for (const method of ["GET", "GET", "HEAD"]) {
      const { status, body } = await usher.send(method, "/api/version");
      expect([status, body]).toEqual([200, method === "GET" ? '{"version":"1"}' : ""]);
    }
    expect(ollama.got.map(({ line, headers }) => [line, headers["content-length"]])).toEqual([
      ["GET /api/version", undefined],
      ["GET /api/version", undefined],
      ["HEAD /api/version", undefined],
    ]);
    expect(ollama.connections()).toBe(1);
    expect(usher.lines).toEqual(
      [15, 15, 0].map((bytes) =>
        logged({ endpoint: "/api/version", model: null, bytes, first_byte_ms: bytes === 0 ? null : number }),
      ),
    );
  });

  it.each([
    ["drop", 200, "dropped", ["keep_alive", "options.num_ctx"]],
    ["refuse", 403, "refused", ["keep_alive"]],
  ] as const)(
    "with keys that would change the model for all is counted by them: %s",
    async (reload, code, what, keys) => {
      const ollama = await stubOllama((response) => {
        json(response, {});
      });
      const usher = await runningUsher({ ...ollama, reload });
      const options = '"options":{"num_ctx":9,"num_thread":null},"options":{"num_ctx":8}';
      const { status } = await usher.send("POST", "/api/chat", `{"model":"gemma3n:e2b","Keep_Alive":0,${options}}`);
      expect(status).toBe(code);
      const figures = (await usher.server.figures.text()).split("\n");
      expect(figures.filter((line) => line.startsWith("usher_disturbing_keys_total{"))).toEqual(
        keys.map((key) => `usher_disturbing_keys_total{client="web",key="${key}",outcome="${what}"} 1`),
      );
    },
  );

  it("with a body that means nothing is passed on without it", async () => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher(ollama);
    const headers = { "Content-Length": "100000" };
    for (const path of ["/api/tags", "/api/ps"]) await usher.send("GET", path, "x".repeat(100_000), headers);
    expect(ollama.got.map(({ line, body }) => [line, body])).toEqual([
      ["GET /api/tags", ""],
      ["GET /api/ps", ""],
    ]);
  });

  it("is asked a second time when it has no body and a kept connection was closed", async () => {
    let asked = 0;
    const ollama = await stubOllama((response, request) => {
      if (++asked === 2) request.socket.destroy();
      else json(response, asked);
    });
    const usher = await runningUsher(ollama);
    const first = await usher.send("GET", "/api/version");
    const second = await usher.send("GET", "/api/version");
    expect([first.body, second.body, asked]).toEqual(["1", "3", 3]);
  });

  it("is not asked a second time when it has one", async () => {
    let asked = 0;
    const ollama = await stubOllama((response, request) => {
      if (++asked === 2) request.socket.destroy();
      else json(response, asked);
    });
    const usher = await runningUsher(ollama);
    await usher.send("POST", "/api/chat", chat);
    const second = await usher.send("POST", "/api/chat", chat);
    const message = "the model server ended the connection before it answered";
    expect([second.status, JSON.parse(second.body), asked]).toEqual([502, { error: message }, 2]);
    expect(await usher.line(2)).toEqual(logged({ status: 502, failure: "broken" }));
  });
});

describe("an answer", () => {
  it("comes with its status and headers, without those of the connection", async () => {
    const ollama = await stubOllama((response) => {
      response.writeHead(201, [
        ["X-Own", "1"],
        ["Connection", "X-Hop, keep-alive"],
        ["X-Hop", "1"],
        ["Keep-Alive", "timeout=5"],
        ["Date", "then"],
        ["Content-Length", "2"],
      ] as unknown as string[]);
      response.end("ok");
    });
    const usher = await runningUsher(ollama);
    const { status, headers, body } = await usher.send("POST", "/api/chat", chat);
    expect([status, body]).toEqual([201, "ok"]);
    expect(headers).toEqual({
      "x-own": "1",
      date: "then",
      "content-length": "2",
      connection: "keep-alive",
      "keep-alive": "timeout=600",
    });
  });

  it("is passed on as it comes, and its figures are read", async () => {
    let answering: ServerResponse | undefined;
    const ollama = await stubOllama((response) => {
      answering = response.writeHead(200, { "Content-Type": "application/x-ndjson" });
      response.write('{"message":{"content":"a"},"done":false}\n');
    });
    const usher = await runningUsher(ollama);
    const request = usher.begin("POST", "/api/chat");
    request.end(chat);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.toString()).toBe('{"message":{"content":"a"},"done":false}\n');
    expect(usher.lines).toEqual([]);
    const last = '{"done":true,"prompt_eval_count":12,"eval_count":34,"eval_duration":2000000000}\n';
    // Longer than what is written at once.
    await sleep(5);
    answering?.end(last);
    const [second] = (await once(response, "data")) as [Buffer];
    expect(second.toString()).toBe(last);
    expect(await usher.line()).toEqual(
      logged({ prompt_tokens: 12, answer_tokens: 34, bytes: first.length + last.length }),
    );
    expect(await usher.server.figures.text()).toContain(
      '\nusher_between_tokens_seconds_count{client="web",model="gemma3n:e2b"} 1\n',
    );
  });

  it("waits for a client that reads slowly", async () => {
    const pieces = 512;
    let written = 0;
    const ollama = await stubOllama(async (response, request) => {
      if (request.method === "GET") {
        json(response, {});
        return;
      }
      for (; written < pieces; written++) if (!response.write(Buffer.alloc(65_536))) await once(response, "drain");
      response.end();
    });
    const usher = await runningUsher(ollama);
    const request = usher.begin("POST", "/api/chat");
    request.end(chat);
    const [response] = (await once(request, "response")) as [IncomingMessage];
    // Others are served meanwhile, and of those 32 MiB no more goes out than the kernel keeps.
    for (let count = 0; count < 20; count++) expect((await usher.send("GET", "/api/version")).status).toBe(200);
    expect(written).toBeLessThan(pieces / 2);
    let length = 0;
    for await (const chunk of response) length += (chunk as Buffer).length;
    expect([length, written]).toEqual([pieces * 65_536, pieces]);
  });

  it("is cancelled at once when its client leaves", async () => {
    let closed: Promise<unknown> | undefined;
    const ollama = await stubOllama((response) => {
      closed = once(response, "close").then(() => response.writableFinished);
      response.writeHead(200, { "Content-Type": "application/x-ndjson" }).write("{}\n");
    });
    const usher = await runningUsher(ollama);
    const request = usher.begin("POST", "/api/chat");
    request.on("error", () => undefined);
    request.end(chat);
    await once(request, "response");
    request.destroy();
    expect(await usher.line()).toEqual(logged({ status: 499, failure: "left", bytes: 3 }));
    expect(await closed).toBe(false);
  });

  it("is cancelled before it has begun when its client leaves", async () => {
    let closed: Promise<unknown> | undefined;
    const asked = Promise.withResolvers<undefined>();
    const ollama = await stubOllama((response) => {
      closed = once(response, "close");
      asked.resolve(undefined);
    });
    const usher = await runningUsher(ollama);
    const request = usher.begin("POST", "/api/chat");
    request.on("error", () => undefined);
    request.end(chat);
    await asked.promise;
    request.destroy();
    expect(await usher.line()).toEqual(logged({ status: 499, failure: "left", bytes: 0, first_byte_ms: null }));
    await closed;
  });

  it("that is cut off does not look whole", async () => {
    const ollama = await stubOllama((response) => {
      response.writeHead(200, { "Content-Type": "application/x-ndjson" }).write("{}\n", () => response.destroy());
    });
    const usher = await runningUsher(ollama);
    await expect(usher.send("POST", "/api/chat", chat)).rejects.toThrow("aborted");
    expect(await usher.line()).toEqual(logged({ failure: "broken", bytes: 3 }));
  });

  it.each([
    ["application/x-ndjson", '{"done":false}\n{"error":"no more memory"}\n', "failed"],
    ["text/event-stream", 'data: {"a":1}\n\ndata: {"error":{"message":"no more memory"}}\n\n', "failed"],
    ["application/json", '{"error":null}', null],
  ])("of %s that says %j is logged so", async (type, body, failure) => {
    const ollama = await stubOllama((response) => response.writeHead(200, { "Content-Type": type }).end(body));
    const usher = await runningUsher(ollama);
    expect((await usher.send("POST", "/api/chat", chat)).body).toBe(body);
    expect(await usher.line()).toEqual(logged({ failure, bytes: body.length }));
  });
});

describe("a stream of events that Ollama ends without a word", () => {
  const said = "the model server ended the answer before its end";

  it.each([
    ["/v1/chat/completions", `\ndata: {"error":{"message":"${said}","type":"api_error","param":null,"code":null}}\n\n`],
    ["/v1/messages", `\nevent: error\ndata: {"type":"error","error":{"type":"api_error","message":"${said}"}}\n\n`],
  ])("ends in an error for its client: %s", async (path, words) => {
    const event = 'data: {"choices":[{"delta":{"content":""}}]}\n\n';
    const ollama = await stubOllama((response) =>
      response.writeHead(200, { "Content-Type": "text/event-stream", "Content-Length": event.length }).end(event),
    );
    const usher = await runningUsher(ollama);
    const { status, body } = await usher.send("POST", path, chat);
    expect([status, body]).toEqual([200, event + words]);
    expect(await usher.line()).toMatchObject({ status: 200, failure: "failed", bytes: body.length });
  });
});

describe("a request for an Ollama that is not there", () => {
  const held = { holdTimeout: 30 };
  /** An address where nobody listens until somebody does. */
  const later = async () => {
    const server = createServer((request, response) => {
      request.resume().on("end", () => {
        json(response, { response: "late" });
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    await once(server.close(), "close");
    onTestFinished(() => {
      server.close();
    });
    return { upstream: `127.0.0.1:${port}`, listen: () => server.listen(port, "127.0.0.1") };
  };

  it.each([
    ["POST", "/api/chat", chat],
    ["GET", "/api/version", undefined],
  ] as const)("waits until it is there: %s %s", async (method, path, sent) => {
    const { upstream, listen } = await later();
    const usher = await runningUsher({ upstream, ...held });
    const answer = usher.send(method, path, sent);
    await sleep(200);
    listen();
    const { status, body } = await answer;
    expect([status, body]).toEqual([200, '{"response":"late"}']);
  });

  it("waits no longer than its time", async () => {
    const { upstream } = await later();
    const usher = await runningUsher({ upstream, holdTimeout: 1 });
    expect((await usher.send("POST", "/api/chat", chat)).status).toBe(503);
    expect(await usher.line()).toMatchObject({ status: 503, failure: "absent" });
  });

  it("is not asked any more when its client has gone", async () => {
    const { upstream, listen } = await later();
    const usher = await runningUsher({ upstream, ...held, requestTimeout: 0.3 });
    expect((await usher.send("POST", "/api/chat", chat)).status).toBe(504);
    const server = listen();
    let asked = 0;
    server.on("request", () => (asked += 1));
    await sleep(1200);
    expect(asked).toBe(0);
  });
});

describe("the time for an answer", () => {
  const time = { requestTimeout: 0.05 };
  const sentence = "the answer took longer than 0.05 s";

  it("may be over before it begins", async () => {
    const usher = await runningUsher({ ...(await stubOllama(() => undefined)), ...time });
    const { status, body } = await usher.send("POST", "/api/chat", chat);
    expect([status, JSON.parse(body)]).toEqual([504, { error: sentence }]);
    expect(await usher.line()).toEqual(logged({ status: 504, failure: "timeout" }));
  });

  it.each([
    ["application/x-ndjson", "/api/chat", "{}\n", `{"error":"${sentence}"}\n`],
    [
      "text/event-stream",
      "/v1/chat/completions",
      "data: {}\n\n",
      `\ndata: {"error":{"message":"${sentence}","type":"api_error","param":null,"code":null}}\n\n`,
    ],
  ])("is said to be over in an answer of %s", async (type, path, sent, words) => {
    const ollama = await stubOllama((response) => response.writeHead(200, { "Content-Type": type }).write(sent));
    const usher = await runningUsher({ ...ollama, ...time });
    const { status, body } = await usher.send("POST", path, chat);
    expect([status, body]).toEqual([200, sent + words]);
    expect(await usher.line()).toMatchObject({ status: 200, failure: "timeout" });
  });

  it("cuts an answer off within a line", async () => {
    const ollama = await stubOllama((response) =>
      response.writeHead(200, { "Content-Type": "application/x-ndjson" }).write('{"a"'),
    );
    const usher = await runningUsher({ ...ollama, ...time });
    await expect(usher.send("POST", "/api/chat", chat)).rejects.toThrow("aborted");
    expect(await usher.line()).toEqual(logged({ failure: "timeout", bytes: 4 }));
  });
});

describe("a refusal", () => {
  const nowhere = { upstream: "127.0.0.1:1" };

  it.each(["localhost:1", "[::1]:1"])("tells of a server that is not there at %s", async (upstream) => {
    const usher = await runningUsher({ upstream });
    const { status, headers } = await usher.send("POST", "/api/chat", chat);
    expect([status, headers["retry-after"]]).toEqual([503, "1"]);
    expect(await usher.line()).toMatchObject({ status: 503, failure: "absent" });
  });

  it.each([
    ["/api/chat", { error: "the model server is not there; try again later" }],
    [
      "/v1/chat/completions",
      {
        error: {
          message: "the model server is not there; try again later",
          type: "api_error",
          param: null,
          code: null,
        },
      },
    ],
    [
      "/v1/messages",
      { type: "error", error: { type: "overloaded_error", message: "the model server is not there; try again later" } },
    ],
  ])("of a request for %s tells of a server that is not there", async (path, error) => {
    const usher = await runningUsher(nowhere);
    const { status, headers, body } = await usher.send("POST", path, chat);
    expect([status, headers["retry-after"], JSON.parse(body)]).toEqual([503, "1", error]);
    expect(await usher.line()).toEqual(logged({ endpoint: path, status: 503, failure: "absent" }));
  });

  it.each([
    ["POST", "/api/chat", { "X-Gemma-Client": "" }, 400, "the request did not come through the edge"],
    ["POST", "/api/chat", { "X-Gemma-Client": "nobody" }, 403, "the client is not known here"],
    ["PUT", "/api/chat", {}, 405, "the method is not GET, HEAD or POST"],
    [
      "POST",
      "/api/chat",
      { "Content-Encoding": "zstd" },
      415,
      "a body with a content encoding is not taken; send it as it is",
    ],
  ])("of %s %s with %j", async (method, path, headers, status, error) => {
    const usher = await runningUsher(nowhere);
    const answer = await usher.send(method, path, chat, headers);
    expect([answer.status, JSON.parse(answer.body)]).toEqual([status, { error }]);
  });

  it.each([
    "/api/pull",
    "/api/chat/",
    "//api/chat",
    "/api/%63hat",
    "/API/chat",
    "/api/../api/chat",
    "http://a/api/chat",
    "/v1/modelsx",
  ])("of %s comes from the path, whatever Ollama takes it for", async (path) => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher(ollama);
    for (const method of ["GET", "POST"]) {
      const { status, body } = await usher.send(method, path, method === "POST" ? chat : undefined);
      expect([status, body]).toMatchObject([404, expect.stringContaining("the path is not known here")]);
    }
    expect(ollama.connections()).toBe(0);
    expect(usher.lines.map(({ endpoint }) => endpoint)).toEqual(["other", "other"]);
  });

  it("is the answer to everything without settings", async () => {
    const usher = await runningUsher(null);
    const { status, headers, body } = await usher.send("GET", "/api/version");
    expect([status, headers["retry-after"], JSON.parse(body)]).toEqual([
      503,
      "5",
      { error: "the usher has no settings yet; try again later" },
    ]);
    expect((await usher.send("GET", "/healthz")).status).toBe(200);
  });

  it("of a model comes before Ollama is asked, in a body and in a path", async () => {
    const ollama = await stubOllama((response) => {
      json(response, {});
    });
    const usher = await runningUsher(ollama);
    const message = "model 'other' not found; this client can use gemma3n:e2b, all-minilm";
    const inBody = await usher.send("POST", "/api/chat", '{"model":"other"}');
    expect([inBody.status, JSON.parse(inBody.body)]).toEqual([404, { error: message }]);
    const inPath = await usher.send("GET", "/v1/models/other");
    expect([inPath.status, JSON.parse(inPath.body)]).toEqual([
      404,
      { error: { message, type: "not_found_error", param: null, code: null } },
    ]);
    expect((await usher.send("GET", "/v1/models/library%2Fall-minilm:latest")).status).toBe(200);
    expect(ollama.got.map(({ line }) => line)).toEqual(["GET /v1/models/library%2Fall-minilm:latest"]);
    expect(usher.lines.map(({ endpoint, model }) => [endpoint, model])).toEqual([
      ["/api/chat", null],
      ["/v1/models/:model", null],
      ["/v1/models/:model", "all-minilm"],
    ]);
  });
});

describe("an error of Ollama's", () => {
  const openai = (message: string, type: string) => ({ error: { message, type, param: null, code: null } });

  it.each([
    ["/v1/chat/completions", 503, '{"error":"server busy"}', openai("server busy", "api_error")],
    ["/v1/chat/completions", 404, "404 page not found", openai("404 page not found", "not_found_error")],
    ["/v1/embeddings", 500, "", openai("the model server answered with status 500", "api_error")],
    ["/v1/completions", 400, '{"error":{"message":"m"}}', openai("m", "invalid_request_error")],
    ["/v1/messages", 400, '{"error":"m"}', { type: "error", error: { type: "invalid_request_error", message: "m" } }],
  ])("for %s with status %d gets the shape of its clients", async (path, status, sent, expected) => {
    const ollama = await stubOllama((response) => {
      response.writeHead(status, { "Content-Type": "text/plain", "X-Own": "1" }).end(sent);
    });
    const usher = await runningUsher(ollama);
    const { headers, body, ...answer } = await usher.send("POST", path, chat);
    expect(answer.status).toBe(status);
    expect([headers["content-type"], headers["x-own"]]).toEqual(["application/json; charset=utf-8", "1"]);
    expect(JSON.parse(body)).toEqual(expected);
    expect(await usher.line()).toMatchObject({ status, failure: null, bytes: body.length });
  });

  it.each([
    ["/v1/chat/completions", '{"error":{"message":"m","type":"t","param":"p","code":"c"}}'],
    ["/v1/messages", '{"type":"error","error":{"type":"t","message":"m"}}'],
    ["/v1/completions", `{"error":"${"long".repeat(100_000)}"}`],
    ["/api/chat", '{"error":"m"}'],
    ["/api/chat", "404 page not found"],
  ])("for %s stays as it is: %s", async (path, sent) => {
    const ollama = await stubOllama((response) => response.writeHead(400, { "Content-Type": "x/y" }).end(sent));
    const usher = await runningUsher(ollama);
    const { headers, body } = await usher.send("POST", path, chat);
    if (sent.length < 1000) expect([headers["content-type"], body]).toEqual(["x/y", sent]);
    else expect(JSON.parse(body)).toEqual(openai("the model server answered with status 400", "invalid_request_error"));
  });
});
