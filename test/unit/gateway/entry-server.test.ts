import { describe, expect, it } from "vitest";
import { entryPort, entryServer, type EntrySettings } from "../../../gateway/entry-server.ts";
import { answeringError } from "../support/caddy.ts";

const settings: EntrySettings = {
  clients: [
    {
      name: "backend",
      endpoints: ["chat", "tags"],
      accounts: [
        { user: "backend.2", hash: "hash 2", expires: null },
        { user: "backend.1", hash: "hash 1", expires: 1_800_000_000 },
      ],
    },
    { name: "web", endpoints: ["ps"], accounts: [{ user: "web.1", hash: "hash 3", expires: null }] },
  ],
  hosts: ["llm.example.org", "localhost"],
  origins: ["http://localhost:8080"],
  maxRequests: 68,
  maxBodyBytes: 32 * 1024 * 1024,
  readSeconds: 60,
  tls: false,
};

const { routes: entryRoutes, ...rest } = entryServer(settings);
const routes = entryRoutes as readonly { match?: object[]; handle: Record<string, unknown>[]; terminal?: boolean }[];

describe("the entry", () => {
  it("listens on the port that is published, in plain text", () => {
    expect(entryPort).toBe(8080);
    const { errors, ...server } = rest;
    expect(errors).toBeDefined();
    expect(server).toEqual({
      listen: [":8080"],
      protocols: ["h1"],
      automatic_https: { disable: true },
      logs: { default_logger_name: "access" },
      read_header_timeout: "10s",
      read_timeout: "60000ms",
      idle_timeout: "60s",
      max_header_bytes: 16384,
    });
  });

  it("with TLS takes HTTP/2 as well, and has its first name's certificate for those who name no host", () => {
    const { protocols, tls_connection_policies: policies, ...others } = entryServer({ ...settings, tls: true });
    expect(protocols).toEqual(["h1", "h2"]);
    expect(policies).toEqual([{ default_sni: "llm.example.org", fallback_sni: "llm.example.org" }]);
    const { protocols: plain, ...same } = entryServer(settings);
    expect(plain).toEqual(["h1"]);
    expect(others).toEqual(same);
  });

  it("first notes who asks, then judges host, page, credentials, secret, expiry and endpoint, in this order", () => {
    const kinds = routes.map(({ match = [], handle, terminal = false }) => [
      Object.keys(match[0] ?? {}).join(),
      handle.map(({ handler }) => handler).join(),
      terminal,
    ]);
    expect(kinds).toEqual([
      ["", "log_append,log_append,log_append,headers,headers", false],
      ["not", "static_response", true],
      ["header,not", "static_response", true],
      ["header", "headers", false],
      ["method,header", "static_response", true],
      ["not", "static_response", true],
      ["", "authentication", false],
      ["vars,expression", "static_response", true],
      ["vars,method,vars_regexp", "vars,request_body,reverse_proxy", true],
      ["vars,method,vars_regexp", "vars,request_body,reverse_proxy", true],
      ["", "static_response", false],
    ]);
  });

  it("says in every answer that the connection ends, and never what is behind it", () => {
    expect(routes[0]?.handle.at(-1)).toEqual({
      handler: "headers",
      response: {
        set: { Connection: ["close"], "X-Content-Type-Options": ["nosniff"] },
        delete: ["Server", "Via"],
        deferred: true,
      },
    });
  });

  it("logs client, endpoint and time to the first byte, none of which is a token or a prompt", () => {
    expect(routes[0]?.handle.slice(0, 3)).toEqual([
      { handler: "log_append", key: "client", value: "{http.vars.client}" },
      { handler: "log_append", key: "endpoint", value: "{http.request.uri.path}" },
      { handler: "log_append", key: "first_byte_ms", value: "{http.reverse_proxy.upstream.latency_ms}" },
    ]);
  });

  it("checks hashes alone, and remembers the ones it has checked", () => {
    expect(routes[6]?.handle).toEqual([
      {
        handler: "authentication",
        providers: {
          http_basic: {
            accounts: [
              { username: "backend.2", password: "hash 2" },
              { username: "backend.1", password: "hash 1" },
              { username: "web.1", password: "hash 3" },
            ],
            hash_cache: {},
          },
        },
      },
    ]);
  });

  it("passes on what a client may ask, so much at a time and so long, without its token and its page", () => {
    expect(routes[8]?.handle).toEqual([
      { handler: "vars", client: "backend" },
      { handler: "request_body", max_size: 33554432 },
      {
        handler: "reverse_proxy",
        transport: { protocol: "http", keep_alive: { enabled: false } },
        upstreams: [{ dial: "unix//run/gateway/waiting.sock", max_requests: 68 }],
        headers: { request: { delete: ["Authorization", "Cookie", "Origin", "Referer"] } },
      },
    ]);
  });
});

describe("an error of the entry", () => {
  it.each([
    [401, "", 401, "unauthorized: send the client's token as Authorization: Bearer TOKEN"],
    [503, "", 429, "too many requests at once; try again later"],
    [413, "http: request body too large", 413, "the request is too large; see gateway.maxBody"],
    [502, "i/o timeout", 408, "the request was not sent in time; see gateway.readTimeout"],
    [400, "malformed", 400, "the request cannot be read"],
    [499, "", 400, "the request cannot be read"],
    [500, "", 502, "the gateway could not get an answer"],
    [502, "connection reset", 502, "the gateway could not get an answer"],
  ])("%d, `%s`, is answered with %d", (status, message, answered, error) => {
    const [answer] = answeringError(rest, { status, message });
    expect(answer).toMatchObject({
      handler: "static_response",
      status_code: answered,
      headers: { "Content-Type": ["application/json; charset=utf-8"], Connection: ["close"] },
      body: JSON.stringify({ error }),
    });
  });

  it.each([
    [401, { "WWW-Authenticate": ['Bearer realm="gemma"'] }],
    [503, { "Retry-After": ["5"] }],
    [413, {}],
  ])("%d has the headers %j beside its kind", (status, more) => {
    const [answer] = answeringError(rest, { status, message: "" });
    const usual = { "Content-Type": ["application/json; charset=utf-8"], Connection: ["close"] };
    expect(answer?.["headers"]).toEqual({ ...usual, ...more });
  });
});
