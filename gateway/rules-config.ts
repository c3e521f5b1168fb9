import { socket, type Json } from "./caddy-parts.ts";
import { adminSocket, type RulesProcess } from "./processes.ts";
import { rulesServer, type RulesSettings } from "./rules-server.ts";

const accessLog = "http.log.access.access";

/** Configuration of a process with the rules. */
export function rulesConfig(process: RulesProcess, settings: RulesSettings): Json {
  return {
    admin: { listen: adminSocket(process) },
    logging: {
      logs: {
        default: { level: "WARN", exclude: [accessLog], encoder },
        access: { include: [accessLog], encoder },
      },
    },
    apps: {
      http: {
        servers: {
          rules: rulesServer(process, settings),
          health: {
            listen: [socket(`${process}-health`)],
            automatic_https: { disable: true },
            routes: [{ handle: [{ handler: "static_response", status_code: 200 }] }],
          },
        },
      },
    },
  };
}

/** Lines without headers, which carry tokens, without the query of a request that was refused, and without the door's address. */
const encoder: Json = {
  format: "filter",
  wrap: { format: "json", time_format: "rfc3339_nano" },
  fields: Object.fromEntries(
    ["request>headers", "request>uri", "request>remote_ip", "request>remote_port", "resp_headers", "user_id"].map(
      (name) => [name, { filter: "delete" }],
    ),
  ),
};
