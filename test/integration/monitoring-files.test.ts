import { totalmem } from "node:os";
import { describe, expect, it } from "vitest";
import { figuresText } from "../../engine/stack-figures.ts";
import { alertmanagerText } from "../../monitoring/alertmanager.ts";
import { alertsText } from "../../monitoring/alerts.ts";
import { blackboxText } from "../../monitoring/blackbox.ts";
import { generateModule, jsonExporterText } from "../../monitoring/json-exporter.ts";
import { figuresFolder, fileOf } from "../../monitoring/layout.ts";
import { hostFolder, nodeExporterArguments } from "../../monitoring/node-exporter.ts";
import { prometheusText, webText } from "../../monitoring/prometheus.ts";
import type { Watched } from "../../monitoring/targets.ts";
import { alertmanagerImage, missingForDebian, nodeExporterImage } from "../support/debian-images.ts";
import { freePort } from "../support/free-port.ts";
import { httpStandIn } from "../support/http-stand-in.ts";
import { blackboxImage, jsonExporterImage, prometheusImage } from "../support/monitored-stack.ts";
import { partFiles } from "../support/monitoring-part.ts";
import { docker } from "../support/shell.ts";

const everything: Watched = { gateway: "https://gateway:8080", models: ["a:1b", "b:2b"], gpus: true, watcher: true };
const nothing: Watched = { gateway: undefined, models: ["a:1b"], gpus: false, watcher: false };
const intervals = { scrapeInterval: 15, generationInterval: 300 };

const password = "a-password";
/** Of that one, by bcrypt. */
const hash = "$2y$04$tnnUUxSLGwnGAGwpoug7LOFNzZd19buIeRvrEp7JAsljLGB7zNlha";
const login = { authorization: `Basic ${Buffer.from(`operator:${password}`).toString("base64")}` };

const missing = await missingForDebian();
if (missing !== undefined) process.stdout.write(`skipped what needs Alertmanager or node_exporter: ${missing}\n`);

/** Figures of an exposition by name and labels. */
const figuresOf = async (url: string) => {
  const text = await (await fetch(url)).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
};

describe("the files of the monitoring, read by the programs that they are for", () => {
  it.each([
    ["everything that there may be", everything, intervals],
    ["a server alone, every second", nothing, { scrapeInterval: 1, generationInterval: 5 }],
    ["parts of seconds", nothing, { scrapeInterval: 0.5, generationInterval: 0.5 }],
  ])("gives Prometheus a configuration that it takes for %s", async (_, watched, every) => {
    await using files = await partFiles({
      "prometheus.yml": prometheusText(watched, every),
      "alerts.yml": alertsText(),
      "web.yml": webText(hash),
      password,
    });
    const config = await files.check(prometheusImage, "/bin/promtool", "check", "config", fileOf("prometheus.yml"));
    expect(config.output).toContain(`${fileOf("prometheus.yml")} is valid prometheus config file syntax`);
    expect(config.status).toBe(0);
    const web = await files.check(prometheusImage, "/bin/promtool", "check", "web-config", fileOf("web.yml"));
    expect(web.output).toContain("web.yml SUCCESS");
  });

  it("has Prometheus ask for the password, and nobody else read it", async () => {
    await using files = await partFiles({ "prometheus.yml": "{}", "web.yml": webText(hash), password });
    const stranger = [
      "--rm",
      "--user",
      "1234",
      "--volume",
      `${files.volume}:/v`,
      "--entrypoint",
      "sh",
      prometheusImage,
    ];
    await expect(docker("run", ...stranger, "-c", "cat /v/password")).rejects.toThrow("Permission denied");
    const serve = ["--config.file", fileOf("prometheus.yml"), "--web.config.file", fileOf("web.yml")];
    const url = `http://127.0.0.1:${await freePort()}`;
    const listen = ["--storage.tsdb.path=/tmp", `--web.listen-address=${new URL(url).host}`];
    const ready = new Request(`${url}/-/ready`, { headers: login });
    await files.start(prometheusImage, ready, "/bin/prometheus", ...serve, ...listen);
    expect((await fetch(`${url}/api/v1/targets`)).status).toBe(401);
    expect((await fetch(`${url}/api/v1/targets`, { headers: login })).status).toBe(200);
  });

  it("has the blackbox exporter tell what is an answer", async () => {
    await using files = await partFiles({ "blackbox.yml": blackboxText() });
    await using service = await httpStandIn({
      "/ok": { status: 200 },
      "/closed": { status: 401 },
      "/bad": { status: 503 },
    });
    const url = `http://127.0.0.1:${await freePort()}`;
    const listen = `--web.listen-address=${new URL(url).host}`;
    const config = `--config.file=${fileOf("blackbox.yml")}`;
    await files.start(blackboxImage, `${url}/-/healthy`, "/bin/blackbox_exporter", config, listen);
    const succeeded = async (module: string, path: string) =>
      (await figuresOf(`${url}/probe?module=${module}&target=${service.url}${path}`))["probe_success"];
    const paths = ["/ok", "/closed", "/bad"];
    const of = (module: string) => Promise.all(paths.map((path) => succeeded(module, path)));
    expect(await of("ok")).toEqual([1, 0, 0]);
    expect(await of("answers")).toEqual([1, 1, 0]);
    expect(await of("unauthorized")).toEqual([0, 1, 0]);
  });

  it("has json_exporter turn what Ollama tells into figures, with a token that is in a file", async () => {
    const text = jsonExporterText({ models: ["a:1b", 'odd"name'], token: true });
    await using files = await partFiles({ "json-exporter.yml": text, token: "a-token" });
    await using server = await httpStandIn({
      "/api/ps": {
        status: 200,
        body: { models: [{ name: "a:1b", size: 4e9, size_vram: 3e9, context_length: 8192 }] },
      },
      "/api/generate": {
        status: 200,
        body: {
          ...{ response: "6 7 8", eval_count: 8, eval_duration: 2e8, prompt_eval_count: 9 },
          ...{ prompt_eval_duration: 1e8, load_duration: 3e7, total_duration: 4e8 },
        },
      },
    });
    const url = `http://127.0.0.1:${await freePort()}`;
    const listen = `--web.listen-address=${new URL(url).host}`;
    const config = `--config.file=${fileOf("json-exporter.yml")}`;
    await files.start(jsonExporterImage, `${url}/metrics`, "/bin/json_exporter", config, listen);
    expect(await figuresOf(`${url}/probe?module=ps&target=${server.url}/api/ps`)).toEqual({
      'ollama_loaded_model_size_bytes{model="a:1b"}': 4e9,
      'ollama_loaded_model_vram_bytes{model="a:1b"}': 3e9,
      'ollama_loaded_model_context_length{model="a:1b"}': 8192,
    });
    expect(await figuresOf(`${url}/probe?module=${generateModule(1)}&target=${server.url}/api/generate`)).toEqual({
      ollama_generation_eval_count: 8,
      ollama_generation_eval_duration_nanoseconds: 2e8,
      ollama_generation_prompt_eval_count: 9,
      ollama_generation_prompt_eval_duration_nanoseconds: 1e8,
      ollama_generation_load_duration_nanoseconds: 3e7,
      ollama_generation_total_duration_nanoseconds: 4e8,
    });
    await using idle = await httpStandIn({ "/api/ps": { status: 200, body: { models: [] } } });
    const none = await fetch(`${url}/probe?module=ps&target=${idle.url}/api/ps`);
    expect([none.status, (await none.text()).includes("ollama_loaded")]).toEqual([200, false]);
    const refused = await fetch(`${url}/probe?module=${generateModule(0)}&target=${idle.url}/api/generate`);
    expect(refused.status).toBe(503);
    const [ps, generate] = server.received;
    expect(ps).toMatchObject({ method: "GET", path: "/api/ps", authorization: undefined });
    expect(generate).toMatchObject({ method: "POST", path: "/api/generate", authorization: "Bearer a-token" });
    expect(JSON.parse(generate?.body ?? "")).toMatchObject({
      model: 'odd"name',
      stream: false,
      options: { num_predict: 8, temperature: 0 },
    });
  });

  it.skipIf(missing !== undefined)(
    "has Alertmanager post an alert to the webhook, and ask for the password",
    async () => {
      await using receiver = await httpStandIn({ "/hook": { status: 200 } });
      const mail = { smarthost: "mail.example.org:587", from: "llm@example.org", to: "operators@example.org" };
      const soon = alertmanagerText({ webhook: `${receiver.url}/hook`, mail })
        .replace("group_wait: 30s", "group_wait: 0s")
        .replace("group_interval: 5m", "group_interval: 1s")
        .replace("repeat_interval: 15m", "repeat_interval: 1s");
      await using files = await partFiles({ "alertmanager.yml": soon, "web.yml": webText(hash) });
      const url = `http://127.0.0.1:${await freePort()}`;
      const config = [`--config.file=${fileOf("alertmanager.yml")}`, `--web.config.file=${fileOf("web.yml")}`];
      const listen = [`--web.listen-address=${new URL(url).host}`, "--cluster.listen-address=", "--storage.path=/tmp"];
      const ready = new Request(`${url}/-/ready`, { headers: login });
      await files.start(alertmanagerImage, ready, "/bin/alertmanager", ...config, ...listen);
      const send = (headers: Record<string, string>, labels: Record<string, string>) =>
        fetch(`${url}/api/v2/alerts`, {
          method: "POST",
          body: JSON.stringify([{ labels }]),
          headers: { ...headers, "Content-Type": "application/json" },
        });
      const down = { alertname: "Down", severity: "critical" };
      expect((await send({}, down)).status).toBe(401);
      expect((await send(login, down)).status).toBe(200);
      const { path, body: told } = await receiver.asked();
      expect(path).toBe("/hook");
      expect(JSON.parse(told)).toMatchObject({ status: "firing", alerts: [{ labels: { alertname: "Down" } }] });
      expect((await send(login, { alertname: "Watchdog", severity: "none" })).status).toBe(200);
      const posted = () =>
        receiver.received.slice(0, 4).map(({ body }) => {
          const { receiver: to, groupLabels } = JSON.parse(body) as { receiver: string; groupLabels: object };
          return `${to}: ${JSON.stringify(groupLabels)}`;
        });
      const sign = 'sign-by-webhook: {"alertname":"Watchdog"}';
      // Again and again, while the other one is told once.
      await expect.poll(posted, { timeout: 30_000 }).toEqual(['operators: {"alertname":"Down"}', sign, sign, sign]);
    },
  );

  it.skipIf(missing !== undefined)(
    "has node_exporter tell of the host's disks, and what commands have left",
    async () => {
      const text = figuresText({ stack_drift: 1, stack_version_info: { value: 1, labels: { version: 'a "b"' } } });
      const host = ["--mount", `type=bind,source=/,target=${hostFolder},readonly`];
      await using files = await partFiles({ "drift.prom": text }, figuresFolder, host);
      const url = `http://127.0.0.1:${await freePort()}`;
      const listen = `--web.listen-address=${new URL(url).host}`;
      await files.start(nodeExporterImage, `${url}/metrics`, "/bin/node_exporter", ...nodeExporterArguments, listen);
      const figures = await figuresOf(`${url}/metrics`);
      expect(figures["stack_drift"]).toBe(1);
      expect(figures['stack_version_info{version="a \\"b\\""}']).toBe(1);
      expect(figures["node_memory_MemTotal_bytes"]).toBe(totalmem());
      const disks = Object.keys(figures).filter((name) => name.startsWith("node_filesystem_size_bytes"));
      const mounts = disks.map((name) => /mountpoint="([^"]+)"/.exec(name)?.[1] ?? "");
      expect(mounts).toContain("/");
      expect(
        mounts.filter((mount) => ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf", figuresFolder].includes(mount)),
      ).toEqual([]);
      expect(Object.keys(figures).filter((name) => name.startsWith("node_network_"))).toEqual([]);
    },
  );

  it.skipIf(missing !== undefined)("has Alertmanager take a configuration that tells nobody", async () => {
    await using files = await partFiles({ "alertmanager.yml": alertmanagerText({}) });
    const url = `http://127.0.0.1:${await freePort()}`;
    const listen = [`--web.listen-address=${new URL(url).host}`, "--cluster.listen-address=", "--storage.path=/tmp"];
    const config = `--config.file=${fileOf("alertmanager.yml")}`;
    await files.start(alertmanagerImage, `${url}/-/ready`, "/bin/alertmanager", config, ...listen);
    const { config: read } = (await (await fetch(`${url}/api/v2/status`)).json()) as { config: { original: string } };
    expect(read.original).toContain("name: operators");
  });
});
