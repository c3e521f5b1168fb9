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
  /** Names and addresses by which clients may call the gateway, without a port. */
  readonly hosts: readonly string[];
  /** Greatest length of a request's body, MiB. */
  readonly maxBody: number;
  /** Time in which a request has to be sent, seconds. */
  readonly readTimeout: number;
  readonly tls: boolean;
}

/** The outer server: it takes requests in and has the rules judge them, through every change of the rules. */
export function doorServer({ hosts, maxBody, readTimeout, tls }: DoorServerSettings): Json {
  return {
    listen: [`:${entryPort}`],
    protocols: tls ? ["h1", "h2"] : ["h1"],
    automatic_https: { disable: true },
    // Clients that call by address name no host.
    ...(tls ? { tls_connection_policies: [{ default_sni: hosts[0], fallback_sni: hosts[0] }] } : {}),
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
