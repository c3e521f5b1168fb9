import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Figures } from "./figures.ts";
import type { State } from "./state.ts";

/** Port of the figures and the state. */
export const watcherPort = 9466;

/** What is told to whoever asks. */
export interface Told {
  readonly figures: Figures;
  /** Whether it still looks. */
  readonly alive: () => boolean;
  readonly state: () => State;
}

/** Tells figures (`/metrics`), what is going on (`/state`), and whether it looks at all (`/healthz`). */
export async function tell(told: Told, port = watcherPort, host = "0.0.0.0"): Promise<Server> {
  const server = createServer((request, response) => {
    const json = { "Content-Type": "application/json" };
    const known = request.method === "GET" || request.method === "HEAD";
    if (known && request.url === "/healthz") response.writeHead(told.alive() ? 200 : 503).end();
    else if (known && request.url === "/state") response.writeHead(200, json).end(JSON.stringify(shownState(told)));
    else if (known && request.url === "/metrics")
      told.figures.text().then(
        (text) => response.writeHead(200, { "Content-Type": told.figures.contentType }).end(text),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    else response.writeHead(404).end("only GET /metrics, /state and /healthz are known here");
  });
  server.listen(port, host);
  await once(server, "listening");
  return server;
}

/** Faults with since when they are, ISO 8601, what was done last, and when in the last hour. */
function shownState({ state, alive }: Told): object {
  const { active, actions, lastAction, probe } = state();
  const time = (at: number) => new Date(performance.timeOrigin + at * 1000).toISOString();
  return {
    looking: alive(),
    faults: Object.entries(active).map(([fault, { since, reason, tried, toldAt }]) => ({
      fault,
      since: time(since),
      reason,
      ...(tried && { action: tried.action, actedAt: time(tried.at) }),
      ...(toldAt !== undefined && { needsSomebodySince: time(toldAt) }),
    })),
    actionsInLastHour: actions.map(time),
    ...(lastAction && { lastAction: { ...lastAction, at: time(lastAction.at) } }),
    ...(probe && { asking: probe.model }),
  };
}
