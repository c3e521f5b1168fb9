/** A piece of Caddy's JSON configuration; see https://caddyserver.com/docs/json/. */
export type Json = Readonly<Record<string, unknown>>;

/** A route of a Caddy server. */
export type Route = Json;

/** Folder in the gateway's container, in memory, with its sockets. */
export const socketFolder = "/run/gateway";

/** Address of one of the gateway's own sockets, as Caddy writes it. */
export function socket(name: string): string {
  return `unix/${socketFolder}/${name}.sock`;
}

/** A duration as Caddy reads it. */
export function milliseconds(seconds: number): string {
  return `${Math.max(1, Math.ceil(seconds * 1000))}ms`;
}

/** An answer in the shape of Ollama's errors. */
export function errorReply(status: number, error: string, headers: Readonly<Record<string, string>> = {}): Json {
  const all = { "Content-Type": "application/json; charset=utf-8", ...headers };
  return {
    handler: "static_response",
    status_code: status,
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    body: JSON.stringify({ error }),
  };
}

/** Header that tells a client that was turned away after how many seconds it may try again. */
export const retryAfter = { "Retry-After": "5" };

/** Said where the server had the request. */
export const noAnswer = errorReply(502, "the model server ended the connection before it answered");

/**
 * A reverse proxy that streams: Caddy passes on at once what comes without a length, and stops when the client goes away.
 *
 * Connections are kept, so that whoever refuses a request reads its body first; else the answer could be lost with the
 * connection. They are not kept long, as a server is removed when it has none any more.
 */
export function proxy(options: Json): Json {
  const transport = { protocol: "http", keep_alive: { enabled: true, idle_timeout: "500ms" } };
  return { handler: "reverse_proxy", transport, ...options };
}

/** A route that ends the search. */
export function route(matchers: readonly Json[], ...handle: readonly Json[]): Route {
  return { ...(matchers.length > 0 ? { match: matchers } : {}), handle, terminal: true };
}

/** A route for errors with a status. */
export function onStatus(status: number, ...handle: readonly Json[]): Route {
  return route([{ expression: `{http.error.status_code} == ${status}` }], ...handle);
}

/** A route for errors whose message has a word in it. */
export function onMessage(word: string, ...handle: readonly Json[]): Route {
  return route([{ expression: `{http.error.message}.contains("${word}")` }], ...handle);
}

/** A route for requests of which the next server has not seen anything, because it is not there. */
export function onNotSent(...handle: readonly Json[]): Route {
  return onMessage("dial", ...handle);
}

/** The route for errors of the request itself. */
export const onUnreadable: Route = route(
  [{ expression: "{http.error.status_code} < 500" }],
  errorReply(400, "the request cannot be read"),
);
