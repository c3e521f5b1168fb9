import {
  closing,
  errorReply,
  milliseconds,
  onStatus,
  proxy,
  route,
  socket,
  type Json,
  type Route,
} from "./caddy-parts.ts";
import { tokenStart, type Account, type GatewayClient } from "./client.ts";
import { endpoints, type Endpoint } from "./endpoints.ts";

/** Port on which the gateway listens in its container. */
export const entryPort = 8080;

/** Who may ask what, from where, and how much at a time. */
export interface EntrySettings {
  readonly clients: readonly GatewayClient[];
  /** Names and addresses by which clients may call the gateway, without a port. */
  readonly hosts: readonly string[];
  /** Origins of web pages that may call it; `*` for all. */
  readonly origins: readonly string[];
  /** Requests that are answered or wait at Ollama at once; more are turned away. */
  readonly maxRequests: number;
  /** Greatest length of a request's body, bytes. */
  readonly maxBodyBytes: number;
  /** Time in which a request has to be sent, seconds. */
  readonly readSeconds: number;
  readonly tls: boolean;
}

const user = "{http.auth.user.id}";
const expression = (text: string): Json => ({ expression: text });
const retryAfter = { "Retry-After": "5" };

/** The outer server: it knows who asks, and lets through what they may ask. */
export function entryServer(settings: EntrySettings): Json {
  const { clients, hosts, tls, readSeconds } = settings;
  return {
    listen: [`:${entryPort}`],
    protocols: tls ? ["h1", "h2"] : ["h1"],
    automatic_https: { disable: true },
    // Clients that call by address name no host.
    ...(tls ? { tls_connection_policies: [{ default_sni: hosts[0], fallback_sni: hosts[0] }] } : {}),
    logs: { default_logger_name: "access" },
    read_header_timeout: "10s",
    read_timeout: milliseconds(readSeconds),
    idle_timeout: "60s",
    max_header_bytes: 16 * 1024,
    routes: [
      { handle: [...logged, toBasic, answered] },
      route([{ not: [{ host: hosts }] }], errorReply(403, "the gateway is not called by that name; see gateway.hosts")),
      ...originRoutes(settings.origins),
      route([{ not: [{ header_regexp: { Authorization: { pattern: credentials(clients) } } }] }], unauthorized),
      { handle: [authentication(clients)] },
      ...clients.flatMap(expiredRoutes),
      ...clients.map((client) => clientRoute(client, settings)),
      { handle: [errorReply(403, "this endpoint is not open to this client")] },
    ],
    errors: { routes: errorRoutes },
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

const answered: Json = {
  handler: "headers",
  response: {
    set: { Connection: [closing.Connection], "X-Content-Type-Options": ["nosniff"] },
    delete: ["Server", "Via"],
    deferred: true,
  },
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
      : [route([{ ...isUser(account), ...expression(`int({time.now.unix}) >= ${account.expires}`) }], unauthorized)],
  );
}

/** What one client may ask. The request's target is compared as it was sent: no other way to write a path gets through. */
function clientRoute({ name, accounts, endpoints: words }: GatewayClient, settings: EntrySettings): Route {
  const allowed = words.flatMap((word: Endpoint) => [...endpoints[word]]);
  const matchers = accounts.flatMap((account) =>
    allowed.map(({ methods, target }) => ({
      ...isUser(account),
      method: methods,
      vars_regexp: { "{http.request.uri}": { pattern: `^${target}$` } },
    })),
  );
  return route(
    matchers,
    { handler: "vars", client: name },
    { handler: "request_body", max_size: settings.maxBodyBytes },
    proxy({
      upstreams: [{ dial: socket("waiting"), max_requests: settings.maxRequests }],
      headers: { request: { delete: ["Authorization", "Cookie", "Origin", "Referer"] } },
    }),
  );
}

const errorRoutes: readonly Route[] = [
  onStatus(401, unauthorized),
  onStatus(503, errorReply(429, "too many requests at once; try again later", retryAfter)),
  onStatus(413, errorReply(413, "the request is too large; see gateway.maxBody")),
  route(
    [expression(`{http.error.message}.contains("timeout")`)],
    errorReply(408, "the request was not sent in time; see gateway.readTimeout"),
  ),
  route([expression("{http.error.status_code} < 500")], errorReply(400, "the request cannot be read")),
  { handle: [errorReply(502, "the gateway could not get an answer")] },
];
