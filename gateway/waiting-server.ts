import { errorReply, milliseconds, proxy, route, socket, type Json } from "./caddy-parts.ts";

/** Seconds after which a client that was turned away may try again. */
const retryAfter = { "Retry-After": "5" };

/**
 * The inner server, which passes requests on to Ollama, and lets them wait while there is none.
 *
 * A reload ends Caddy's own waiting. Requests that wait at that moment go on waiting in the new configuration: the old one
 * sends them there, as it has not sent anything of them to Ollama.
 * @param upstream - `host:port` of Ollama; null while none may be asked
 */
export function waitingServer(upstream: string | null, holdSeconds: number): Json {
  const early = `double({http.reverse_proxy.duration_ms}) < ${(holdSeconds * 1000 - 500).toFixed(1)}`;
  const notSent = `({http.error.status_code} == 503 || {http.error.message}.contains("dial"))`;
  return {
    listen: [socket("waiting"), socket("again")],
    protocols: ["h1"],
    automatic_https: { disable: true },
    routes: [
      route(
        [],
        proxy(
          {
            upstreams: upstream === null ? [] : [{ dial: upstream }],
            // Requests that could not be sent are tried again; those that were sent are not.
            load_balancing: { try_duration: milliseconds(holdSeconds), try_interval: "50ms" },
          },
          // Saves the look-up of the name. A server that is not asked any more keeps no connection: a reload closes them.
          "1m",
        ),
      ),
    ],
    errors: {
      routes: [
        route([{ expression: `${notSent} && ${early}` }], proxy({ upstreams: [{ dial: socket("again") }] })),
        route([{ expression: notSent }], errorReply(503, "the model server is not there; try again later", retryAfter)),
        route([], errorReply(502, "the model server ended the connection before it answered")),
      ],
    },
  };
}

interface Config {
  readonly apps: { readonly http: { readonly servers: Readonly<Record<string, Json>> } };
}

/** `host:port` that a configuration sends requests to; null when it lets them wait. */
export function upstreamOf(config: Json): string | null {
  const { routes } = (config as unknown as Config).apps.http.servers["waiting"] ?? {};
  const [first] = routes as { handle: { upstreams: { dial: string }[] }[] }[];
  return first?.handle[0]?.upstreams[0]?.dial ?? null;
}

/** The same configuration, with requests waiting. */
export function holding(config: Json, holdSeconds: number): Json {
  const { apps } = config as unknown as Config;
  const servers = { ...apps.http.servers, waiting: waitingServer(null, holdSeconds) };
  return { ...config, apps: { ...apps, http: { ...apps.http, servers } } };
}
