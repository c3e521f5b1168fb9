import { describe, expect, it } from "vitest";
import { doorServer, entryPort } from "../../../gateway/door-server.ts";

const settings = {
  maxBody: 32,
  readTimeout: 60,
  certificateName: null,
} as const;

const { routes, ...rest } = doorServer(settings);

describe("the door", () => {
  it("listens on the port that is published, in plain text", () => {
    expect(entryPort).toBe(8080);
    const { errors, ...server } = rest;
    expect(errors).toBeDefined();
    expect(server).toEqual({
      listen: [":8080"],
      protocols: ["h1"],
      automatic_https: { disable: true },
      read_header_timeout: "10s",
      read_timeout: "60000ms",
      read_idle_timeout: "-1s",
      idle_timeout: "60s",
      max_header_bytes: 16384,
    });
  });

  it("with TLS takes HTTP/2 as well, and shows its certificate to those who name no host", () => {
    const {
      protocols,
      tls_connection_policies: policies,
      ...others
    } = doorServer({
      ...settings,
      certificateName: "*.example.org",
    });
    expect(protocols).toEqual(["h1", "h2"]);
    expect(policies).toEqual([{ default_sni: "*.example.org", fallback_sni: "*.example.org" }]);
    const { protocols: plain, ...same } = doorServer(settings);
    expect(plain).toEqual(["h1"]);
    expect(others).toEqual(same);
  });

  it("says that every connection ends and nothing of what is behind it, limits bodies, and asks the rules", () => {
    expect(routes).toEqual([
      {
        handle: [
          {
            handler: "headers",
            response: {
              set: { Connection: ["close"], "X-Content-Type-Options": ["nosniff"] },
              delete: ["Server", "Via"],
              deferred: true,
            },
          },
          { handler: "request_body", max_size: 33554432 },
        ],
      },
      {
        handle: [
          {
            handler: "reverse_proxy",
            transport: { protocol: "http", keep_alive: { enabled: true, idle_timeout: "500ms" } },
            upstreams: [{ dial: "unix//run/gateway/{file./var/lib/gateway/rules}.sock" }],
            load_balancing: { try_duration: "10s", try_interval: "50ms" },
          },
        ],
        terminal: true,
      },
    ]);
  });
});

describe("an error of the door", () => {
  it("ends its connection like every answer", () => {
    const { errors } = rest as unknown as { errors: { routes: readonly object[] } };
    expect(errors.routes[0]).toEqual({ handle: [(routes as readonly [{ handle: readonly [object] }])[0].handle[0]] });
  });
});
