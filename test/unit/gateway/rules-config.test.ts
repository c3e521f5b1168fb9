import { describe, expect, it } from "vitest";
import { rulesConfig } from "../../../gateway/rules-config.ts";
import { rulesServer, type RulesSettings } from "../../../gateway/rules-server.ts";

const settings: RulesSettings = {
  clients: [{ name: "backend", endpoints: ["chat"], accounts: [{ user: "backend.1", hash: "h", expires: null }] }],
  hosts: ["llm.example.org", "127.0.0.1"],
  origins: ["http://localhost:8080"],
  maxRequests: 68,
};

describe.each(["rules-a", "rules-b"] as const)("the configuration of %s", (process) => {
  const config = rulesConfig(process, settings);

  it("is changed through a socket in the container alone, and has no other parts", () => {
    expect(config["admin"]).toEqual({ listen: `unix//run/gateway/${process}-admin.sock` });
    expect(Object.keys(config)).toEqual(["admin", "logging", "apps"]);
  });

  it("has the rules, and its health on a socket of its own", () => {
    expect(config["apps"]).toEqual({
      http: {
        servers: {
          rules: rulesServer(process, settings),
          health: {
            listen: [`unix//run/gateway/${process}-health.sock`],
            automatic_https: { disable: true },
            routes: [{ handle: [{ handler: "static_response", status_code: 200 }] }],
          },
        },
      },
    });
  });

  it("logs neither headers, which carry tokens, nor queries, nor the client's token's name, nor the door for a client", () => {
    const fields = Object.fromEntries(
      ["request>headers", "request>uri", "request>remote_ip", "request>remote_port", "resp_headers", "user_id"].map(
        (name) => [name, { filter: "delete" }],
      ),
    );
    const encoder = { format: "filter", wrap: { format: "json", time_format: "rfc3339_nano" }, fields };
    expect(config["logging"]).toEqual({
      logs: {
        default: { level: "WARN", exclude: ["http.log.access.access"], encoder },
        access: { include: ["http.log.access.access"], encoder },
      },
    });
    expect(rulesServer(process, settings)).toMatchObject({ logs: { default_logger_name: "access" } });
  });
});
