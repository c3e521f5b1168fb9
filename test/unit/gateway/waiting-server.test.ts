import { describe, expect, it } from "vitest";
import { nobody, waitingServer } from "../../../gateway/waiting-server.ts";

function reply(status: number, error: string, headers: object = {}) {
  return {
    handler: "static_response",
    status_code: status,
    headers: { "Content-Type": ["application/json; charset=utf-8"], ...headers },
    body: JSON.stringify({ error }),
  };
}

describe("the waiting server", () => {
  it("listens on a socket of its own", () => {
    expect(waitingServer(300)).toMatchObject({
      listen: ["unix//run/gateway/waiting.sock"],
      protocols: ["h1"],
      automatic_https: { disable: true },
    });
  });

  it.each([
    [300, "300000ms"],
    [0.5, "500ms"],
  ])("sends requests to the server that a file names, and tries again for %d s", (seconds, tries) => {
    expect(waitingServer(seconds)["routes"]).toEqual([
      {
        handle: [
          {
            handler: "reverse_proxy",
            transport: { protocol: "http", keep_alive: { enabled: true, idle_timeout: "500ms" } },
            upstreams: [{ dial: "{file./var/lib/gateway/upstream}" }],
            load_balancing: { try_duration: tries, try_interval: "50ms" },
          },
        ],
        terminal: true,
      },
    ]);
  });

  it("tells those whose requests were not sent to try again, and the others what happened", () => {
    expect(waitingServer(300)["errors"]).toEqual({
      routes: [
        {
          match: [{ expression: '{http.error.message}.contains("dial")' }],
          handle: [reply(503, "the model server is not there; try again later", { "Retry-After": ["5"] })],
          terminal: true,
        },
        { handle: [reply(502, "the model server ended the connection before it answered")], terminal: true },
      ],
    });
  });

  it("has an address that leads nowhere for the time without a server", () => {
    expect(nobody).toBe("unix//run/gateway/nobody.sock");
  });
});
