import { describe, expect, it } from "vitest";
import type { RawConfig } from "../../../config/problems.ts";
import { resolveConfig } from "../../../config/resolve.ts";
import { parsed, problemsOf } from "../support/raw-config.ts";

const on: RawConfig = { monitoring: { enabled: true } };

/** A stack with a gateway for some clients, after a change. */
function stack(clients: readonly unknown[], change: RawConfig): RawConfig {
  const embedded = { delivery: "embedded", baseImage: `sha256:${"a".repeat(64)}` };
  return { ...embedded, gateway: { enabled: true, clients }, ...change };
}

const namesOf = (change: RawConfig) => resolveConfig(parsed(change)).gateway.clients.map(({ name }) => name);

describe("the client that the monitoring asks as", () => {
  it("is added behind those of the configuration, where there are a gateway and a monitoring", () => {
    expect(namesOf(stack(["backend", "web"], on))).toEqual(["backend", "web", "monitoring"]);
    expect(namesOf(stack(["backend"], {}))).toEqual(["backend"]);
    expect(namesOf(on)).toEqual([]);
  });

  it("asks one thing at a time, after whoever waits, and may neither reload a model nor pull one", () => {
    const least = { name: "backend", priority: -1000 };
    const { clients } = resolveConfig(parsed(stack([least], on))).gateway;
    const probe = clients.find(({ name }) => name === "monitoring");
    expect(probe).toMatchObject({ maxParallel: 1, maxQueue: 1, allow: [], rotation: 1 });
    expect(probe?.endpoints.toSorted()).toEqual(["generate", "ps", "tags", "version"]);
    expect(clients.filter(({ priority }) => priority < (probe?.priority ?? 0))).toEqual([]);
  });

  it("leaves no client of that name to the configuration", () => {
    expect(problemsOf(stack(["backend", "monitoring"], on))).toEqual([
      "gateway.clients.1.name: monitoring is the client that the monitoring asks as: give this one another name",
    ]);
    expect(problemsOf(stack(["backend", "monitoring"], {}))).toEqual([]);
    expect(problemsOf({ ...on, gateway: { clients: ["monitoring"] } })).toEqual([]);
  });
});

describe("receivers of alerts", () => {
  const receivers = (alertmanager: object) => problemsOf({ monitoring: { enabled: true, alertmanager } });

  it.each([
    [{ webhook: "https://alerts.example.org/hook" }],
    [{ webhook: "http://192.0.2.7:8080/" }],
    [{ mail: { smarthost: "mail.example.org:587", from: "llm@example.org", to: "operators@example.org" } }],
  ])("may be %o", (alertmanager) => {
    expect(receivers(alertmanager)).toEqual([]);
  });

  it.each([
    ["webhook", { webhook: "alerts.example.org" }],
    ["webhook", { webhook: "https://user:password@alerts.example.org" }],
    ["mail.smarthost", { mail: { smarthost: "mail.example.org", from: "a@example.org", to: "b@example.org" } }],
    ["mail.to", { mail: { smarthost: "mail.example.org:25", from: "a@example.org", to: "b" } }],
  ])("are refused by %s in %o", (key, alertmanager) => {
    const [problem, ...more] = receivers(alertmanager);
    expect(more).toEqual([]);
    expect(problem?.startsWith(`monitoring.alertmanager.${key}: write `)).toBe(true);
  });
});
