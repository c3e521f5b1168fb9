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
  const all = { "Content-Type": "application/json; charset=utf-8", ...closing, ...headers };
  return {
    handler: "static_response",
    status_code: status,
    headers: Object.fromEntries(Object.entries(all).map(([name, value]) => [name, [value]])),
    body: JSON.stringify({ error }),
  };
}

/**
 * Said with every answer.
 *
 * A connection that stays open would be closed by the next reload, at a moment at which its client may be sending a request.
 */
export const closing = { Connection: "close" };

/**
 * A reverse proxy that streams: Caddy passes on at once what comes without a length, and stops when the client goes away.
 * @param keepAlive - how long an idle connection stays open; a reload closes those to the gateway's own servers, also one
 * that is just about to be used
 */
export function proxy(options: Json, keepAlive?: string): Json {
  const idle = keepAlive === undefined ? { enabled: false } : { enabled: true, idle_timeout: keepAlive };
  return { handler: "reverse_proxy", transport: { protocol: "http", keep_alive: idle }, ...options };
}

/** A route that ends the search. */
export function route(matchers: readonly Json[], ...handle: readonly Json[]): Route {
  return { ...(matchers.length > 0 ? { match: matchers } : {}), handle, terminal: true };
}

/** A route for errors with a status. */
export function onStatus(status: number, ...handle: readonly Json[]): Route {
  return route([{ expression: `{http.error.status_code} == ${status}` }], ...handle);
}
