import { describe, expect, it } from "vitest";
import { caddyConfig } from "../../../gateway/caddy-config.ts";
import { holding, upstreamOf, waitingServer } from "../../../gateway/waiting-server.ts";

const settings = {
  clients: [],
  hosts: ["127.0.0.1"],
  origins: [],
  maxRequests: 5,
  maxBodyBytes: 1024,
  readSeconds: 60,
  holdSeconds: 300,
  upstream: "ollama-1:11434",
  tls: { kind: "none" },
} as const;

const transport = { protocol: "http", keep_alive: { enabled: false } };
const toServer = { protocol: "http", keep_alive: { enabled: true, idle_timeout: "1m" } };
const notSent = '({http.error.status_code} == 503 || {http.error.message}.contains("dial"))';

function reply(status: number, error: string, headers: object = {}) {
  return {
    handler: "static_response",
    status_code: status,
    headers: { "Content-Type": ["application/json; charset=utf-8"], Connection: ["close"], ...headers },
    body: JSON.stringify({ error }),
  };
}

describe("the waiting server", () => {
  it("listens on two sockets of its own, for what it is asked and for what it asks itself again", () => {
    expect(waitingServer(null, 300)).toMatchObject({
      listen: ["unix//run/gateway/waiting.sock", "unix//run/gateway/again.sock"],
      protocols: ["h1"],
      automatic_https: { disable: true },
    });
  });

  it("sends requests on, and tries again as long as they may wait", () => {
    expect(waitingServer("ollama-1:11434", 300)["routes"]).toEqual([
      {
        handle: [
          {
            handler: "reverse_proxy",
            transport: toServer,
            upstreams: [{ dial: "ollama-1:11434" }],
            load_balancing: { try_duration: "300000ms", try_interval: "50ms" },
          },
        ],
        terminal: true,
      },
    ]);
  });

  it("has nowhere to send requests while they are to wait", () => {
    const [route] = waitingServer(null, 7)["routes"] as [{ handle: object[] }];
    expect(route.handle).toEqual([
      {
        handler: "reverse_proxy",
        transport: toServer,
        upstreams: [],
        load_balancing: { try_duration: "7000ms", try_interval: "50ms" },
      },
    ]);
  });

  it.each([
    [300, "299500.0"],
    [1, "500.0"],
    [0.5, "0.0"],
  ])("sends what was not sent in less than %d s to the newest configuration, answers the rest", (seconds, early) => {
    expect(waitingServer("ollama-1:11434", seconds)["errors"]).toEqual({
      routes: [
        {
          match: [{ expression: `${notSent} && double({http.reverse_proxy.duration_ms}) < ${early}` }],
          handle: [{ handler: "reverse_proxy", transport, upstreams: [{ dial: "unix//run/gateway/again.sock" }] }],
          terminal: true,
        },
        {
          match: [{ expression: notSent }],
          handle: [reply(503, "the model server is not there; try again later", { "Retry-After": ["5"] })],
          terminal: true,
        },
        { handle: [reply(502, "the model server ended the connection before it answered")], terminal: true },
      ],
    });
  });
});

describe("the server that a configuration sends requests to", () => {
  it.each(["ollama-1:11434", "ollama-2:11434"])("is %s", (upstream) => {
    expect(upstreamOf(caddyConfig({ ...settings, upstream }))).toBe(upstream);
  });

  it("is none while requests wait", () => {
    expect(upstreamOf(caddyConfig({ ...settings, upstream: null }))).toBeNull();
  });

  it("is the same after the configuration was written down and read", () => {
    expect(upstreamOf(JSON.parse(JSON.stringify(caddyConfig(settings))) as object as never)).toBe("ollama-1:11434");
  });
});

describe("a configuration that holds requests", () => {
  it("is the one without a server, and nothing else of it is another", () => {
    expect(holding(caddyConfig(settings), 300)).toEqual(caddyConfig({ ...settings, upstream: null }));
  });

  it("takes the time that requests may wait from whoever holds them", () => {
    expect(holding(caddyConfig(settings), 7)).toEqual(caddyConfig({ ...settings, upstream: null, holdSeconds: 7 }));
  });

  it("leaves the one it was made from as it was", () => {
    const config = caddyConfig(settings);
    holding(config, 300);
    expect(config).toEqual(caddyConfig(settings));
  });
});
