import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { prometheusText, webText } from "../../../monitoring/prometheus.ts";
import type { Watched } from "../../../monitoring/targets.ts";

interface Job {
  readonly job_name: string;
  readonly scrape_interval?: string;
  readonly scrape_timeout?: string;
  readonly metrics_path?: string;
  readonly params?: { readonly module: readonly string[] };
  readonly static_configs?: readonly {
    readonly targets: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  readonly dns_sd_configs?: readonly unknown[];
  readonly basic_auth?: unknown;
}

interface Configuration {
  readonly global: unknown;
  readonly alerting: { readonly alertmanagers: readonly unknown[] };
  readonly scrape_configs: readonly Job[];
}

const alone: Watched = { gateway: undefined, models: ["a:1b"], gpus: false, watcher: false };
const behind: Watched = { ...alone, gateway: "http://gateway:8080" };
const everything: Watched = { ...alone, gateway: "https://gateway:8080", gpus: true, watcher: true };
const intervals = { scrapeInterval: 15, generationInterval: 300 };

const configured = (watched: Watched, every = intervals) => parse(prometheusText(watched, every)) as Configuration;

const job = (watched: Watched, name: string, every = intervals) => {
  const found = configured(watched, every).scrape_configs.find(({ job_name: its }) => its === name);
  if (found === undefined) throw new Error(`there is no job ${name}`);
  return found;
};

const targetsOf = ({ static_configs: configs = [] }: Job) => configs.flatMap(({ targets }) => targets);

const always = ["prometheus", "alertmanager", "node", "ollama", "generation", "reached"];

describe("prometheusText", () => {
  it.each([
    ["a server alone", alone, always],
    ["a gateway", behind, [...always, "edge", "edge-errors", "usher", "asks-for-token"]],
    [
      "TLS, GPUs and a watcher",
      everything,
      [...always, "edge", "edge-errors", "usher", "asks-for-token", "certificate", "gpu", "watcher"],
    ],
    ["no model that chats", { ...alone, models: [] }, always],
  ])("has the jobs that there is something to ask of with %s", (_, watched, expected) => {
    const names = configured(watched).scrape_configs.map(({ job_name: name }) => name);
    expect(names.toSorted()).toEqual(expected.toSorted());
  });

  it.each(["prometheus", "alertmanager"])("logs in to %s with a password that is in a file", (name) => {
    expect(job(alone, name).basic_auth).toEqual({ username: "operator", password_file: "/etc/monitoring/password" });
  });

  it("tells Alertmanager of alerts, logged in", () => {
    expect(configured(alone).alerting.alertmanagers).toEqual([
      {
        basic_auth: { username: "operator", password_file: "/etc/monitoring/password" },
        static_configs: [{ targets: ["alertmanager:9093"] }],
      },
    ]);
  });

  it("asks each model for a few tokens where clients ask, in a module of its own", () => {
    const { static_configs: configs } = job({ ...everything, models: ["a:1b", "b:2b"] }, "generation");
    expect(configs).toEqual([
      { targets: ["https://gateway:8080/api/generate"], labels: { __param_module: "generate_0", model: "a:1b" } },
      { targets: ["https://gateway:8080/api/generate"], labels: { __param_module: "generate_1", model: "b:2b" } },
    ]);
    expect(targetsOf(job(alone, "generation"))).toEqual(["http://ollama:11434/api/generate"]);
  });

  it("asks the server itself which models are loaded, and strangers' questions of the gateway", () => {
    expect(targetsOf(job(everything, "ollama"))).toEqual(["http://ollama:11434/api/ps"]);
    expect(targetsOf(job(everything, "asks-for-token"))).toEqual(["https://gateway:8080/api/tags"]);
    expect(job(everything, "asks-for-token").params).toEqual({ module: ["unauthorized"] });
  });

  it.each([
    ["a gateway", behind, "http://gateway:8080/", ["answers"]],
    ["a server alone", alone, "http://ollama:11434/", ["ok"]],
  ])("looks whether %s can be reached", (_, watched, url, module) => {
    const reached = job(watched, "reached");
    expect(targetsOf(reached)[0]).toContain(url);
    expect(reached.params).toEqual({ module });
  });

  it.each([
    ["edge", "gateway", 8404],
    ["edge-errors", "gateway", 8404],
    ["usher", "usher", 9465],
    ["watcher", "watcher", 9466],
  ])("finds every %s that there is by its name", (name, host, port) => {
    expect(job(everything, name).dns_sd_configs).toEqual([{ names: [host], type: "A", port }]);
  });

  it("asks the edge for its errors by client at a path of their own", () => {
    const { metrics_path: path } = job(behind, "edge-errors");
    expect([path, job(behind, "edge").metrics_path]).toEqual(["/errors", undefined]);
  });

  it.each([
    [intervals, "15s", "10s", "300s", "120s"],
    [{ scrapeInterval: 5, generationInterval: 60 }, "5s", "5s", "60s", "60s"],
    [{ scrapeInterval: 0.5, generationInterval: 1.5 }, "500ms", "500ms", "1500ms", "1500ms"],
  ])("waits no longer than it pauses, for %o", (every, interval, timeout, generationInterval, generationTimeout) => {
    expect(configured(alone, every).global).toEqual({
      scrape_interval: interval,
      scrape_timeout: timeout,
      evaluation_interval: interval,
    });
    expect(job(alone, "generation", every)).toMatchObject({
      scrape_interval: generationInterval,
      scrape_timeout: generationTimeout,
    });
  });
});

describe("webText", () => {
  it("has the operator's hash and nothing else", () => {
    expect(parse(webText("$2a$10$hash"))).toEqual({ basic_auth_users: { operator: "$2a$10$hash" } });
  });
});
