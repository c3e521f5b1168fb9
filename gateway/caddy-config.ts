import { socket, type Json } from "./caddy-parts.ts";
import { entryServer, type EntrySettings } from "./entry-server.ts";
import { waitingServer } from "./waiting-server.ts";

/** How the gateway proves who it is. */
export type Certificate =
  | { readonly kind: "none" }
  /** Given by the organisation, both as PEM. */
  | { readonly kind: "given"; readonly certificate: string; readonly key: string }
  /** Made by Caddy, with a root of its own. */
  | { readonly kind: "internal" };

/** Everything that the gateway does. */
export interface GatewaySettings extends Omit<EntrySettings, "tls"> {
  readonly tls: Certificate;
  /** `host:port` of Ollama; null while requests are to wait. */
  readonly upstream: string | null;
  /** How long requests wait for a server that is not there, seconds. */
  readonly holdSeconds: number;
}

/** Port in the gateway's container on which it tells its health, to the container alone. */
export const healthPort = 2020;

const accessLog = "http.log.access.access";

/** The gateway's whole configuration for Caddy. */
export function caddyConfig({ tls, upstream, holdSeconds, ...entry }: GatewaySettings): Json {
  return {
    admin: { listen: socket("admin") },
    logging: {
      logs: {
        default: { level: "WARN", exclude: [accessLog], encoder },
        access: { include: [accessLog], encoder },
      },
    },
    apps: {
      http: {
        servers: {
          entry: entryServer({ ...entry, tls: tls.kind !== "none" }),
          waiting: waitingServer(upstream, holdSeconds),
          health: {
            listen: [`127.0.0.1:${healthPort}`],
            automatic_https: { disable: true },
            routes: [{ handle: [{ handler: "static_response", status_code: 200 }] }],
          },
        },
      },
      ...certificateApps(tls, entry.hosts),
    },
  };
}

/** Lines without headers, which carry tokens, and without the query of a request that was refused. */
const encoder: Json = {
  format: "filter",
  wrap: { format: "json", time_format: "rfc3339_nano" },
  fields: Object.fromEntries(
    ["request>headers", "request>uri", "resp_headers", "user_id"].map((name) => [name, { filter: "delete" }]),
  ),
};

function certificateApps(tls: Certificate, hosts: readonly string[]): Json {
  switch (tls.kind) {
    case "none":
      return {};
    case "given":
      return { tls: { certificates: { load_pem: [{ certificate: tls.certificate, key: tls.key }] } } };
    case "internal":
      return {
        tls: {
          certificates: { automate: hosts },
          automation: { policies: [{ subjects: hosts, issuers: [{ module: "internal" }] }] },
        },
        pki: { certificate_authorities: { local: { name: "Gemma gateway", install_trust: false } } },
      };
  }
}
