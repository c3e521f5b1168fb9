import { describe, expect, it } from "vitest";
import { rulesServer, type RulesSettings } from "../../../gateway/rules-server.ts";
import type { Json } from "../../../gateway/caddy-parts.ts";

const settings: RulesSettings = {
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
};

const { routes: rulesRoutes, ...rest } = rulesServer("rules-a", settings);
const routes = rulesRoutes as readonly { match?: object[]; handle: Record<string, unknown>[]; terminal?: boolean }[];

/** The rules' handlers of a kind, wherever they stand. */
const handlers = (kind: string) => routes.flatMap(({ handle }) => handle).filter(({ handler }) => handler === kind);

/** How requests are passed on to the server. */
const passedOn = {
  handler: "reverse_proxy",
  transport: { protocol: "http", keep_alive: { enabled: true, idle_timeout: "500ms" } },
  upstreams: [{ dial: "{file./var/lib/gateway/upstream}", max_requests: 68 }],
  headers: { request: { delete: ["Authorization", "Cookie", "Origin", "Referer"] } },
};

describe("the rules", () => {
  it.each(["rules-a", "rules-b"] as const)("listen on a socket of their process, here %s, for the door", (process) => {
    const { routes: judged, errors, ...server } = rulesServer(process, settings);
    expect(judged).toEqual(routes);
    expect(errors).toEqual(rest["errors"]);
    expect(server).toEqual({
      listen: [`unix//run/gateway/${process}.sock`],
      protocols: ["h1"],
      automatic_https: { disable: true },
      trusted_proxies_unix: true,
      logs: { default_logger_name: "access" },
    });
  });

  it("checks hashes alone, and remembers the ones it has checked", () => {
    expect(handlers("authentication")).toEqual([
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
    expect(handlers("reverse_proxy")).toEqual(Array(settings.clients.length).fill(passedOn));
  });
});

describe("an error of the rules", () => {
  it("of a server that is not there lets the request wait, unless too many do, as its own errors say", () => {
    const { errors } = rest as unknown as { errors: { routes: readonly { handle: readonly Json[] }[] } };
    const tooMany = errors.routes[1];
    const noAnswer = errors.routes.at(-1);
    const waiting = errors.routes.flatMap(({ handle }) => handle).filter(({ handler }) => handler === "subroute");
    expect(waiting).toEqual([
      {
        handler: "subroute",
        routes: [
          {
            handle: [{ ...passedOn, upstreams: [{ dial: "unix//run/gateway/waiting.sock", max_requests: 68 }] }],
            terminal: true,
          },
        ],
        errors: { routes: [tooMany, noAnswer] },
      },
    ]);
  });
});
