import { describe, expect, it } from "vitest";
import { doorConfig, type Certificate, type DoorSettings } from "../../../gateway/door-config.ts";
import { doorServer } from "../../../gateway/door-server.ts";
import { waitingServer } from "../../../gateway/waiting-server.ts";

const hosts = ["llm.example.org", "127.0.0.1"];
const door = { maxBody: 1024, readTimeout: 60 } as const;
const settings: DoorSettings = { ...door, hosts, tls: { kind: "none" }, holdTimeout: 300 };

const given: Certificate = { kind: "given", certificate: "the certificate", key: "the key", name: "*.example.org" };
const certificates: readonly (readonly [Certificate, string | null])[] = [
  [{ kind: "none" }, null],
  [given, "*.example.org"],
  [{ kind: "internal" }, "llm.example.org"],
];

const appsOf = (tls: Certificate) =>
  doorConfig({ ...settings, tls })["apps"] as Readonly<Record<string, object>> & {
    readonly http: { readonly servers: Readonly<Record<string, object>> };
  };

describe("the door's configuration", () => {
  it("is changed through a socket in the container alone", () => {
    expect(doorConfig(settings)["admin"]).toEqual({ listen: "unix//run/gateway/door-admin.sock" });
  });

  it("has no other parts, and a log of what goes wrong, without requests", () => {
    expect(Object.keys(doorConfig(settings))).toEqual(["admin", "logging", "apps"]);
    expect(Object.keys(appsOf({ kind: "none" }).http)).toEqual(["servers"]);
    expect(doorConfig(settings)["logging"]).toEqual({ logs: { default: { level: "WARN" } } });
  });

  it.each(certificates)(
    "has the door, the waiting room and the health of both its processes, with $0.kind",
    (tls, certificateName) => {
      expect(appsOf(tls).http.servers).toEqual({
        door: doorServer({ ...door, certificateName }),
        waiting: waitingServer(300),
        health: {
          listen: ["127.0.0.1:2020"],
          automatic_https: { disable: true },
          routes: [
            {
              handle: [
                {
                  handler: "reverse_proxy",
                  upstreams: [{ dial: "unix//run/gateway/{file./var/lib/gateway/rules}-health.sock" }],
                },
              ],
            },
          ],
        },
      });
    },
  );
});

it("is the same with other names in plain text, so that they take no reload of it", () => {
  expect(doorConfig({ ...settings, hosts: ["other.example.org"] })).toEqual(doorConfig(settings));
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
