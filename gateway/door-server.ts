import {
  errorReply,
  milliseconds,
  onMessage,
  onStatus,
  onUnreadable,
  proxy,
  route,
  socket,
  type Json,
  type Route,
} from "./caddy-parts.ts";
import { MiB } from "../support/units.ts";
import { active } from "./processes.ts";

/** Port on which the gateway listens in its container. */
export const entryPort = 8080;

/** How requests reach the gateway. */
export interface DoorServerSettings {
  /** Greatest length of a request's body, MiB. */
  readonly maxBody: number;
  /** Time in which a request has to be sent, seconds. */
  readonly readTimeout: number;
  /** A name that its certificate is for, shown to clients that name no host or an unknown one; null for plain HTTP. */
  readonly certificateName: string | null;
}

/** The outer server: it takes requests in and has the rules judge them, through every change of the rules. */
export function doorServer({ maxBody, readTimeout, certificateName: name }: DoorServerSettings): Json {
  return {
    listen: [`:${entryPort}`],
    protocols: name === null ? ["h1"] : ["h1", "h2"],
    automatic_https: { disable: true },
    // Clients that call by address name no host. Caddy looks this name up as it is: a wildcard does not stand for others here.
    ...(name === null ? {} : { tls_connection_policies: [{ default_sni: name, fallback_sni: name }] }),
    read_header_timeout: "10s",
    read_timeout: milliseconds(readTimeout),
    // Off: in Caddy 2.11.7 the time for each part of a body does away with the time for all of it.
    read_idle_timeout: "-1s",
    idle_timeout: "60s",
    max_header_bytes: 16 * 1024,
    routes: [{ handle: [answered, { handler: "request_body", max_size: maxBody * MiB }] }, route([], toRules)],
    errors: { routes: errorRoutes },
  };
}

const answered: Json = {
  handler: "headers",
  response: {
    // A connection that stays open may be closed by the gateway just when its client sends.
    set: { Connection: ["close"], "X-Content-Type-Options": ["nosniff"] },
    delete: ["Server", "Via"],
    deferred: true,
  },
};

/** Has the rules judge the request; it waits while their process starts. */
const toRules: Json = proxy({
  upstreams: [{ dial: socket(active("rules")) }],
  load_balancing: { try_duration: "10s", try_interval: "50ms" },
});

const errorRoutes: readonly Route[] = [
  { handle: [answered] },
  onStatus(413, errorReply(413, "the request is too large; see gateway.maxBody")),
  onMessage("timeout", errorReply(408, "the request was not sent in time; see gateway.readTimeout")),
  onUnreadable,
  route([], errorReply(502, "the gateway could not get an answer")),
];
