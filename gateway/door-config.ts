import { socket, type Json } from "./caddy-parts.ts";
import { doorServer, type DoorServerSettings } from "./door-server.ts";
import { adminSocket, active } from "./processes.ts";
import { waitingServer } from "./waiting-server.ts";

/** How the gateway proves who it is. */
export type Certificate =
  | { readonly kind: "none" }
  /** Given by the organisation, both as PEM, with a name that it is for. */
  | { readonly kind: "given"; readonly certificate: string; readonly key: string; readonly name: string }
  /** Made by Caddy, with a root of its own. */
  | { readonly kind: "internal" };

/** What the door has to know, none of which is about clients or the server. */
export interface DoorSettings extends Omit<DoorServerSettings, "certificateName"> {
  /** Names and addresses by which clients may call the gateway, without a port. */
  readonly hosts: readonly string[];
  readonly tls: Certificate;
  /** How long requests wait for a server that is not there, seconds. */
  readonly holdTimeout: number;
}

/** Port in the gateway's container on which it tells its health, to the container alone. */
export const healthPort = 2020;

/** Configuration of the door. */
export function doorConfig({ tls, hosts, holdTimeout, ...settings }: DoorSettings): Json {
  return {
    admin: { listen: adminSocket("door") },
    logging: { logs: { default: { level: "WARN" } } },
    apps: {
      http: {
        servers: {
          door: doorServer({ ...settings, certificateName: certificateName(tls, hosts) }),
          waiting: waitingServer(holdTimeout),
          health: {
            listen: [`127.0.0.1:${healthPort}`],
            automatic_https: { disable: true },
            routes: [
              { handle: [{ handler: "reverse_proxy", upstreams: [{ dial: socket(`${active("rules")}-health`) }] }] },
            ],
          },
        },
      },
      ...certificateApps(tls, hosts),
    },
  };
}

function certificateName(tls: Certificate, [first = ""]: readonly string[]): string | null {
  if (tls.kind === "none") return null;
  return tls.kind === "given" ? tls.name : first;
}

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
