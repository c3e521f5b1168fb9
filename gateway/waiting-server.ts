import {
  errorReply,
  milliseconds,
  noAnswer,
  onNotSent,
  proxy,
  retryAfter,
  route,
  socket,
  type Json,
} from "./caddy-parts.ts";
import { active } from "./processes.ts";

/** What stands for the server while requests are to wait: a socket that nobody listens on. */
export const nobody = socket("nobody");

/** The server in which requests wait while Ollama is not there. */
export function waitingServer(holdTimeout: number): Json {
  return {
    listen: [socket("waiting")],
    protocols: ["h1"],
    automatic_https: { disable: true },
    routes: [
      route(
        [],
        proxy({
          upstreams: [{ dial: active("upstream") }],
          // Requests that could not be sent are tried again; those that were sent are not.
          load_balancing: { try_duration: milliseconds(holdTimeout), try_interval: "50ms" },
        }),
      ),
    ],
    errors: {
      routes: [
        onNotSent(errorReply(503, "the model server is not there; try again later", retryAfter)),
        route([], noAnswer),
      ],
    },
  };
}
