import {
  errorReply,
  noAnswer,
  onNotSent,
  onStatus,
  onUnreadable,
  proxy,
  retryAfter,
  route,
  socket,
  type Json,
  type Route,
} from "./caddy-parts.ts";
import { tokenStart, type Account, type GatewayClient } from "./client.ts";
import { endpoints } from "./endpoints.ts";
import { type Endpoint } from "../config/gateway.ts";
import { active, type RulesProcess } from "./processes.ts";

/** Who may ask what, from where, and how much at a time. */
export interface RulesSettings {
  readonly clients: readonly GatewayClient[];
  /** Names and addresses by which clients may call the gateway, without a port. */
  readonly hosts: readonly string[];
  /** Origins of web pages that may call it; `*` for all. */
  readonly origins: readonly string[];
  /** Requests that are at Ollama at once, and as many that wait while it is not there; more are turned away. */
  readonly maxRequests: number;
}

const user = "{http.auth.user.id}";

/** The server behind the door: it knows who asks, and lets through what they may ask. */
export function rulesServer(process: RulesProcess, settings: RulesSettings): Json {
  const { clients, hosts } = settings;
  return {
    listen: [socket(process)],
    protocols: ["h1"],
    automatic_https: { disable: true },
    // Only the door reaches the socket, and it tells who asks.
    trusted_proxies_unix: true,
    logs: { default_logger_name: "access" },
    routes: [
      { handle: [...logged, toBasic] },
      route([{ not: [{ host: hosts }] }], errorReply(403, "the gateway is not called by that name; see gateway.hosts")),
      ...originRoutes(settings.origins),
      route([{ not: [{ header_regexp: { Authorization: { pattern: credentials(clients) } } }] }], unauthorized),
      { handle: [authentication(clients)] },
      ...clients.flatMap(expiredRoutes),
      ...clients.map((client) => clientRoute(client, settings)),
      { handle: [errorReply(403, "this endpoint is not open to this client")] },
    ],
    errors: { routes: errorRoutes(settings) },
  };
}

/** Fields of the access log beside Caddy's own; neither a token nor a prompt is in any. */
const logged: readonly Json[] = [
  { handler: "log_append", key: "client", value: "{http.vars.client}" },
  { handler: "log_append", key: "endpoint", value: "{http.request.uri.path}" },
  { handler: "log_append", key: "first_byte_ms", value: "{http.reverse_proxy.upstream.latency_ms}" },
];

/** A token is a name and a secret in the encoding of Basic, so that Caddy's own check of hashed passwords takes it. */
const toBasic: Json = {
  handler: "headers",
  request: { replace: { Authorization: [{ search_regexp: "^(?i:bearer) +", replace: "Basic " }] } },
};

const unauthorized = errorReply(401, "unauthorized: send the client's token as Authorization: Bearer TOKEN", {
  "WWW-Authenticate": 'Bearer realm="gemma"',
});

/** What credentials of these clients look like. Hashing takes a while, which nobody else gets. */
function credentials(clients: readonly GatewayClient[]): string {
  const starts = clients.flatMap(({ accounts }) => accounts.map((account) => tokenStart(account.user)));
  return `^Basic (${[...new Set(starts)].join("|")})[A-Za-z0-9]{16,128}$`;
}

function authentication(clients: readonly GatewayClient[]): Json {
  const accounts = clients.flatMap((client) => client.accounts);
  return {
    handler: "authentication",
    providers: {
      http_basic: {
        accounts: accounts.map(({ user: username, hash }) => ({ username, password: hash })),
        hash_cache: {},
      },
    },
  };
}

/** Web pages: those of other origins are refused, and a browser's question before the request is answered. */
function originRoutes(origins: readonly string[]): Route[] {
  const fromPage = { header: { Origin: ["*"] } };
  // Caddy takes an empty list, and an empty pattern, for all origins.
  const ours =
    origins.length === 0 ? {} : { not: [{ header_regexp: { Origin: { pattern: originPattern(origins) } } }] };
  const foreign = errorReply(403, "web pages of this origin may not call the gateway; see ollama.origins");
  const headers = {
    "Access-Control-Allow-Origin": ["{http.request.header.Origin}"],
    "Access-Control-Expose-Headers": ["Retry-After"],
    Vary: ["Origin"],
  };
  const preflight = {
    "Access-Control-Allow-Methods": ["GET, HEAD, POST"],
    // Libraries send headers of their own; a page that may ask may send them.
    "Access-Control-Allow-Headers": ["{http.request.header.Access-Control-Request-Headers}"],
    "Access-Control-Max-Age": ["600"],
  };
  return [
    ...(origins.includes("*") ? [] : [route([{ ...fromPage, ...ours }], foreign)]),
    { match: [fromPage], handle: [{ handler: "headers", response: { set: headers, deferred: false } }] },
    route([{ method: ["OPTIONS"], header: { Origin: ["*"], "Access-Control-Request-Method": ["*"] } }], {
      handler: "static_response",
      status_code: 204,
      headers: preflight,
    }),
  ];
}

/** What these origins look like; in each, `*` stands for any letters. */
function originPattern(origins: readonly string[]): string {
  const patterns = origins.map((origin) => origin.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*"));
  return `^(${patterns.join("|")})$`;
}

function isUser({ user: name }: Account): Json {
  return { vars: { [user]: [name] } };
}

function expiredRoutes({ accounts }: GatewayClient): Route[] {
  return accounts.flatMap((account) =>
    account.expires === null
      ? []
      : [route([{ ...isUser(account), expression: `int({time.now.unix}) >= ${account.expires}` }], unauthorized)],
  );
}

/** What one client may ask. The request's target is compared as it was sent: no other way to write a path gets through. */
function clientRoute({ name, accounts, endpoints: words }: GatewayClient, settings: RulesSettings): Route {
  const allowed = words.flatMap((word: Endpoint) => [...endpoints[word]]);
  const matchers = accounts.flatMap((account) =>
    allowed.map(({ methods, target }) => ({
      ...isUser(account),
      method: methods,
      vars_regexp: { "{http.request.uri}": { pattern: `^${target}$` } },
    })),
  );
  return route(matchers, { handler: "vars", client: name }, passOn(active("upstream"), settings));
}

/** Sends a request on, without what is only for the gateway, unless there are as many already as there may be. */
function passOn(dial: string, { maxRequests }: RulesSettings): Json {
  return proxy({
    upstreams: [{ dial, max_requests: maxRequests }],
    headers: { request: { delete: ["Authorization", "Cookie", "Origin", "Referer"] } },
  });
}

const tooMany = onStatus(503, errorReply(429, "too many requests at once; try again later", retryAfter));

function errorRoutes(settings: RulesSettings): readonly Route[] {
  return [
    onStatus(401, unauthorized),
    tooMany,
    // The server is not there, and has not seen anything of the request: the door lets it wait.
    onNotSent({
      handler: "subroute",
      routes: [route([], passOn(socket("waiting"), settings))],
      errors: { routes: [tooMany, route([], noAnswer)] },
    }),
    onUnreadable,
    route([], noAnswer),
  ];
}
