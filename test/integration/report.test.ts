import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page, Panel } from "../../monitoring/pages.ts";
import { collect, type Collected } from "../../operations/report/collect.ts";
import { reportPage } from "../../operations/report/page.ts";
import { Prometheus } from "../../operations/report/prometheus.ts";
import { timeRange } from "../../operations/report/time-range.ts";
import { prometheusWith, type History, type TestPrometheus } from "../support/prometheus.ts";

const now = Date.UTC(2026, 9, 1, 12) / 1000;
const begin = now - 25 * 3600;
const ago = (hours: number) => now - hours * 3600;

/** A counter that goes up by as much each minute. */
const counter = (figure: string, perMinute: number): History => ({
  figure,
  at: (seconds) => ((seconds - begin) / 60) * perMinute,
});
const constant = (figure: string, value: number): History => ({ figure, at: () => value });
const between = (figure: string, from: number, to: number): History => ({
  figure,
  at: (seconds) => (seconds >= from && seconds <= to ? 1 : undefined),
});

const chat = 'job="usher",client="app",endpoint="/api/chat",model="m:1"';
const own = 'job="usher",client="monitoring",endpoint="/api/chat",model="m:1"';
const histories: readonly History[] = [
  // 144 of a day's 1441 checks find nothing.
  { figure: 'probe_success{job="reached"}', at: (seconds) => Number(seconds < ago(5) || seconds >= ago(5) + 144 * 60) },
  counter(`usher_requests_total{${chat},status="200"}`, 2),
  counter(`usher_requests_total{${own},status="200"}`, 50),
  counter(`usher_failures_total{${chat},failure="left"}`, 1),
  counter(`usher_failures_total{${chat},failure="broken"}`, 0.05),
  // The first of its kind, which no figure was there before.
  { figure: `usher_failures_total{${chat},failure="timeout"}`, at: (s) => (s >= ago(6) ? 1 : undefined) },
  counter(`usher_first_byte_seconds_bucket{${chat},le="0.5"}`, 1),
  counter(`usher_first_byte_seconds_bucket{${chat},le="1"}`, 2),
  counter(`usher_first_byte_seconds_bucket{${chat},le="+Inf"}`, 2),
  counter(`usher_first_byte_seconds_bucket{${own},le="+Inf"}`, 50),
  counter(`usher_tokens_per_second_bucket{${chat},le="10"}`, 0),
  counter(`usher_tokens_per_second_bucket{${chat},le="20"}`, 2),
  counter(`usher_tokens_per_second_bucket{${chat},le="+Inf"}`, 2),
  counter(`usher_answer_tokens_total{${chat}}`, 100),
  { figure: 'watcher_actions_total{action="restart",fault="not-answering"}', at: (s) => Number(s >= ago(3)) },
  constant('watcher_actions_total{action="none",fault="gpu-lost"}', 7),
  constant('up{job="usher"}', 1),
  constant('up{job="watcher"}', 0),
  constant('stack_version_info{program="1.2.3",version="m:1-0a1b",ollama="ollama/ollama:0.33.3@sha256:12ab"}', 1),
  between('ALERTS{alertname="ServiceDown",alertstate="firing",severity="critical",job="reached"}', ago(5), ago(4)),
  between('ALERTS{alertname="CertificateExpires",alertstate="firing",severity="warning",host="<llm>"}', ago(2), now),
  constant('ALERTS{alertname="Watchdog",alertstate="firing",severity="none"}', 1),
  between('ALERTS{alertname="OnlyPending",alertstate="pending",severity="warning"}', ago(2), now),
  {
    figure: 'container_memory_working_set_bytes{name="server"}',
    at: (s) => (s > ago(10) && s < ago(8) ? undefined : 3 * 2 ** 30),
  },
  constant('container_memory_working_set_bytes{name="<usher>"}', 2 ** 29),
];

const panel = (id: string, more: Partial<Panel>): Panel => ({
  id,
  title: { en: `${id} title`, ko: `${id} 제목` },
  about: { en: `about ${id}`, ko: `${id} 설명` },
  unit: "bytes",
  queries: [],
  ...more,
});
const page: Page = {
  id: "host",
  title: { en: "Host", ko: "호스트" },
  panels: [
    panel("memory", { queries: [{ expr: "container_memory_working_set_bytes", legend: "{{name}} in use" }] }),
    panel("many", { unit: "count", queries: [{ expr: "label_replace(vector(1), 'n', '1', '', '')", legend: "one" }] }),
    panel("none", { needs: "gateway", queries: [{ expr: "usher_nothing", legend: "" }] }),
    panel("gpu", { needs: "gpu", queries: [{ expr: "DCGM_FI_DEV_GPU_TEMP", legend: "" }] }),
    panel("watched", { needs: "watcher", queries: [{ expr: "watcher_server_healthy", legend: "" }] }),
    panel("wrong", { queries: [{ expr: "sum(", legend: "" }] }),
  ],
};

describe("a report of a real Prometheus", () => {
  let prometheus: TestPrometheus;
  let collected: Collected;
  const asked: (string | undefined)[] = [];
  beforeAll(async () => {
    prometheus = await prometheusWith(histories, begin, now);
    const waiting = { for: (what: string | undefined) => void asked.push(what) };
    collected = await collect(new Prometheus(prometheus.access), timeRange("24h", now), [page], waiting);
  });
  afterAll(() => prometheus[Symbol.asyncDispose]());

  it("sums a day up, without the monitoring's own requests", () => {
    expect(Object.fromEntries(collected.summary.map(({ title, value }) => [title.en, value]))).toEqual({
      Availability: expect.closeTo((100 * 1297) / 1441, 6) as number,
      "Time to first token, p95": expect.closeTo(0.95, 6) as number,
      "Tokens per second, median": expect.closeTo(15, 6) as number,
      Requests: 2880,
      Failures: 73,
      "Tokens generated": 144_000,
      "Repairs by the watcher": 1,
    });
  });

  it("knows which alerts fired, and which still do", () => {
    expect(collected.alerts).toEqual([
      {
        name: "CertificateExpires",
        severity: "warning",
        labels: { host: "<llm>" },
        from: ago(2),
        to: now,
        firing: true,
      },
      {
        name: "ServiceDown",
        severity: "critical",
        labels: { job: "reached" },
        from: ago(5),
        to: ago(4),
        firing: false,
      },
    ]);
  });

  it("has the figures of each panel, with gaps, and why others have none", () => {
    const [memory] = collected.pages[0]?.panels ?? [];
    const server = memory?.series.find(({ name }) => name === "server in use");
    expect(memory?.series.map(({ name }) => name).sort()).toEqual(["<usher> in use", "server in use"]);
    expect(server?.points).toHaveLength(241);
    expect(server?.points[0]).toEqual([ago(24) * 1000, 3 * 2 ** 30]);
    expect(server?.points.filter(([, value]) => value === null)).toHaveLength(19);
    expect(collected.pages[0]?.panels.map(({ series }) => series.length)).toEqual([2, 1, 0, 0, 0, 0]);
  });

  it.each([
    [
      "en",
      "this stack has no GPU",
      "nothing of this kind happened",
      "(job watcher) did not answer",
      "The service does not answer",
    ],
    [
      "ko",
      "이 스택에는 GPU가 없다",
      "해당하는 기록이 없다",
      "(job watcher)가 이 기간에 응답하지",
      "서비스가 응답하지 않는다",
    ],
  ] as const)("is a page in %s that escapes what it shows", (language, ...texts) => {
    const text = reportPage({ ...collected, stack: "prod", models: ["m:1"], runbooks: [] }, language);
    for (const expected of texts) expect(text).toContain(expected);
    expect(text).toContain("gemma 1.2.3, image m:1-0a1b, Ollama ollama/ollama:0.33.3<");
    expect(text).toContain("parse error");
    expect(text).not.toMatch(/<llm>|<usher>|<script/);
    expect(text.match(/<svg /g)).toHaveLength(2);
  });

  it("says what it waits for", () => {
    expect(asked).toEqual(["Asking Prometheus for the summary", "Asking Prometheus for the page Host"]);
  });

  it("says so when the password is another one", async () => {
    const other = new Prometheus({ ...prometheus.access, password: "another" });
    await expect(other.query("up", now)).rejects.toThrow(/^Prometheus at http:\S+ refuses the password/);
  });
});
