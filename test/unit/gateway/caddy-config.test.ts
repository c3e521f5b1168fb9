import { describe, expect, it } from "vitest";
import { caddyConfig, type Certificate, type GatewaySettings } from "../../../gateway/caddy-config.ts";
import { entryServer } from "../../../gateway/entry-server.ts";
import { waitingServer } from "../../../gateway/waiting-server.ts";

const entry = {
  clients: [{ name: "backend", endpoints: ["chat"], accounts: [{ user: "backend.1", hash: "h", expires: null }] }],
  hosts: ["llm.example.org", "127.0.0.1"],
  origins: ["http://localhost:8080"],
  maxRequests: 68,
  maxBodyBytes: 1024,
  readSeconds: 60,
} as const;
const settings: GatewaySettings = { ...entry, tls: { kind: "none" }, upstream: "ollama-1:11434", holdSeconds: 300 };

const given: Certificate = { kind: "given", certificate: "the certificate", key: "the key" };
const certificates: readonly Certificate[] = [{ kind: "none" }, given, { kind: "internal" }];

const appsOf = (tls: Certificate) =>
  caddyConfig({ ...settings, tls })["apps"] as Readonly<Record<string, object>> & {
    readonly http: { readonly servers: Readonly<Record<string, object>> };
  };

describe("the gateway's configuration", () => {
  it("is changed through a socket in the container alone", () => {
    expect(caddyConfig(settings)["admin"]).toEqual({ listen: "unix//run/gateway/admin.sock" });
  });

  it("has no other parts", () => {
    expect(Object.keys(caddyConfig(settings))).toEqual(["admin", "logging", "apps"]);
    expect(Object.keys(appsOf({ kind: "none" }).http)).toEqual(["servers"]);
  });

  it.each(certificates)("has the entry, the waiting room and the health of its container, with $kind", (tls) => {
    expect(appsOf(tls).http.servers).toEqual({
      entry: entryServer({ ...entry, tls: tls.kind !== "none" }),
      waiting: waitingServer("ollama-1:11434", 300),
      health: {
        listen: ["127.0.0.1:2020"],
        automatic_https: { disable: true },
        routes: [{ handle: [{ handler: "static_response", status_code: 200 }] }],
      },
    });
  });

  it("lets requests wait where there is no server", () => {
    const apps = caddyConfig({ ...settings, upstream: null })["apps"] as ReturnType<typeof appsOf>;
    expect(apps.http.servers["waiting"]).toEqual(waitingServer(null, 300));
  });
});

describe("the gateway's logs", () => {
  const fields = Object.fromEntries(
    ["request>headers", "request>uri", "resp_headers", "user_id"].map((name) => [name, { filter: "delete" }]),
  );
  const encoder = { format: "filter", wrap: { format: "json", time_format: "rfc3339_nano" }, fields };

  it("have neither headers, which carry tokens, nor queries, nor the client's token's name", () => {
    expect(caddyConfig(settings)["logging"]).toEqual({
      logs: {
        default: { level: "WARN", exclude: ["http.log.access.access"], encoder },
        access: { include: ["http.log.access.access"], encoder },
      },
    });
  });

  it("are those that the entry writes to", () => {
    const { entry: server } = appsOf({ kind: "none" }).http.servers;
    expect(server).toMatchObject({ logs: { default_logger_name: "access" } });
  });
});

describe("the gateway's certificate", () => {
  it("is none in plain text", () => {
    expect(Object.keys(appsOf({ kind: "none" }))).toEqual(["http"]);
  });

  it("is the organisation's", () => {
    const { http, ...others } = appsOf(given);
    expect(http).toBeDefined();
    expect(others).toEqual({
      tls: { certificates: { load_pem: [{ certificate: "the certificate", key: "the key" }] } },
    });
  });

  it("is Caddy's own for every name, from a root that it adds to no system", () => {
    const { http, ...others } = appsOf({ kind: "internal" });
    expect(http).toBeDefined();
    expect(others).toEqual({
      tls: {
        certificates: { automate: ["llm.example.org", "127.0.0.1"] },
        automation: { policies: [{ subjects: ["llm.example.org", "127.0.0.1"], issuers: [{ module: "internal" }] }] },
      },
      pki: { certificate_authorities: { local: { name: "Gemma gateway", install_trust: false } } },
    });
  });
});
