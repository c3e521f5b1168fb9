import { stringify } from "yaml";
import { errorsPath } from "../edge/layout.ts";
import { addressOf, fileOf, operator, partPorts, type Part } from "./layout.ts";
import { clientsUrl, serverUrl, type Watched } from "./targets.ts";
import { generateModule } from "./json-exporter.ts";

/** How often Prometheus asks, seconds. */
export interface Intervals {
  readonly scrapeInterval: number;
  readonly generationInterval: number;
}

/** Ports of the figures that the stack's own containers tell. */
const figuresPorts = { edge: 8404, usher: 9465, watcher: 9466 } as const;

/** Longest that an answer of a few tokens may take, seconds. */
const generationTimeout = 120;

/** prometheus.yml: whom Prometheus asks, and whom it tells of alerts. */
export function prometheusText(watched: Watched, { scrapeInterval, generationInterval }: Intervals): string {
  const login = { basic_auth: { username: operator, password_file: fileOf("password") } };
  const { gateway, gpus, watcher } = watched;
  return stringify({
    global: {
      scrape_interval: seconds(scrapeInterval),
      scrape_timeout: seconds(Math.min(scrapeInterval, 10)),
      evaluation_interval: seconds(scrapeInterval),
    },
    rule_files: [fileOf("alerts.yml")],
    alerting: { alertmanagers: [{ ...login, static_configs: [{ targets: [addressOf("alertmanager")] }] }] },
    scrape_configs: [
      { job_name: "prometheus", ...login, static_configs: [{ targets: ["localhost:9090"] }] },
      { job_name: "alertmanager", ...login, static_configs: [{ targets: [addressOf("alertmanager")] }] },
      { job_name: "node", static_configs: [{ targets: [addressOf("node-exporter")] }] },
      ...(gpus ? [{ job_name: "gpu", static_configs: [{ targets: [addressOf("gpu-exporter")] }] }] : []),
      // There are two of them while a server takes another's place.
      ...(watcher ? [named("watcher", "watcher")] : []),
      ...(gateway === undefined
        ? []
        : [
            named("edge", "gateway"),
            { ...named("edge", "gateway"), job_name: "edge-errors", metrics_path: errorsPath },
            named("usher", "usher"),
          ]),
      { ...through("json-exporter"), job_name: "ollama", ...asked(`${serverUrl}/api/ps`, "ps") },
      {
        ...through("json-exporter"),
        job_name: "generation",
        scrape_interval: seconds(generationInterval),
        scrape_timeout: seconds(Math.min(generationInterval, generationTimeout)),
        static_configs: watched.models.map((model, index) => ({
          targets: [`${clientsUrl(watched)}/api/generate`],
          labels: { __param_module: generateModule(index), model },
        })),
      },
      { ...through("blackbox-exporter"), job_name: "reached", ...asked(reachedUrl(watched), reachedModule(watched)) },
      ...(gateway === undefined
        ? []
        : [
            {
              ...through("blackbox-exporter"),
              job_name: "asks-for-token",
              ...asked(`${gateway}/api/tags`, "unauthorized"),
            },
          ]),
      ...(gateway?.startsWith("https:")
        ? [
            {
              ...through("blackbox-exporter"),
              job_name: "certificate",
              ...asked(`${gateway}/api/tags`, "unauthorized"),
            },
          ]
        : []),
    ],
  });
}

function named(job: keyof typeof figuresPorts, host: string) {
  return { job_name: job, dns_sd_configs: [{ names: [host], type: "A", port: figuresPorts[job] }] };
}

function asked(url: string, module: string) {
  return { params: { module: [module] }, static_configs: [{ targets: [url] }] };
}

/** Has an exporter ask a target in Prometheus's place. */
function through(part: Part) {
  return {
    metrics_path: "/probe",
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      { target_label: "__address__", replacement: `${part}:${partPorts[part]}` },
    ],
  };
}

function reachedUrl(watched: Watched): string {
  return `${clientsUrl(watched)}/api/version`;
}

function reachedModule({ gateway }: Watched): string {
  return gateway === undefined ? "ok" : "answers";
}

function seconds(count: number): string {
  return Number.isInteger(count) ? `${count}s` : `${Math.round(count * 1000)}ms`;
}

/** web.yml of Prometheus and Alertmanager: who may look, by the bcrypt hash of a password. */
export function webText(passwordHash: string): string {
  return stringify({ basic_auth_users: { [operator]: passwordHash } });
}
