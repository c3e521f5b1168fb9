import type { Page } from "../../monitoring/pages.ts";
import type { Waiting } from "../../support/progress.ts";
import type { Scraped } from "./absence.ts";
import { firedAlerts } from "./alerts.ts";
import type { Report } from "./page.ts";
import { pageFigures, type PageFigures } from "./panel-figures.ts";
import type { Prometheus } from "./prometheus.ts";
import { summary } from "./summary.ts";
import { lengthOf, type TimeRange } from "./time-range.ts";

/** What of a report Prometheus tells. */
export type Collected = Pick<Report, "range" | "versions" | "summary" | "alerts" | "pages" | "scraped">;

/**
 * Asks Prometheus for all that a report shows of a time.
 * @throws Failure when it does not answer
 */
export async function collect(
  prometheus: Prometheus,
  range: TimeRange,
  pages: readonly Page[],
  waiting: Pick<Waiting, "for">,
): Promise<Collected> {
  waiting.for("Asking Prometheus for the summary");
  const overall = {
    range,
    versions: await recordedVersions(prometheus, range),
    summary: await summary(prometheus, range),
    alerts: await firedAlerts(prometheus, range),
    scraped: await scraped(prometheus, range),
  };
  const figures: PageFigures[] = [];
  // One after another: Prometheus has other work on a small host.
  for (const page of pages) {
    waiting.for(`Asking Prometheus for the page ${page.title.en}`);
    figures.push(await pageFigures(prometheus, page, range));
  }
  return { ...overall, pages: figures };
}

/** The versions that the last deployment wrote down. */
async function recordedVersions(prometheus: Prometheus, range: TimeRange): Promise<Report["versions"]> {
  const [found] = await prometheus.query(`last_over_time(stack_version_info[${lengthOf(range)}])`, range.end);
  const { version, program, ollama } = found?.labels ?? {};
  const named = Object.entries({ gemma: program, image: version, Ollama: ollama?.replace(/(?<=.)@sha256:.*/, "") });
  return Object.fromEntries(named.filter((entry): entry is [string, string] => (entry[1] ?? "") !== ""));
}

async function scraped(prometheus: Prometheus, range: TimeRange): Promise<Scraped> {
  const found = await prometheus.query(`max by (job) (max_over_time(up[${lengthOf(range)}]))`, range.end);
  return new Map(found.map(({ labels, value }) => [labels["job"] ?? "", value === 1]));
}
