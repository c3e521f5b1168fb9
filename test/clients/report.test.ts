import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pages } from "../../monitoring/pages.ts";
import { languages } from "../../operations/report/language.ts";
import { reportPage, type Report } from "../../operations/report/page.ts";
import { timeRange } from "../../operations/report/time-range.ts";
import { ChromiumPage } from "../support/chromium.ts";
import { run } from "../support/shell.ts";

const { status } = await run("chromium", ["--version"]);
const missing = status === 0 ? undefined : "there is no program chromium on the PATH";

const range = timeRange("24h", 1_790_000_000);
const names = ["gemma3n:e4b", "<img src=https://example.org/x onerror=console.error(1)>", "a-long-name-".repeat(8)];

/** Every other panel of every page has figures. */
const report: Report = {
  stack: "prod",
  versions: { gemma: "1.2.3" },
  models: names,
  range,
  summary: [],
  alerts: [{ name: "Alert", severity: "critical", labels: {}, from: range.start, to: range.end, firing: true }],
  pages: pages.map((page) => ({
    page,
    panels: page.panels.map((panel, at) => ({
      panel,
      series: at % 2 === 1 ? [] : names.map((name, line) => ({ name, points: points(line + 1) })),
      leftOut: 0,
      refused: undefined,
    })),
  })),
  scraped: new Map(),
  runbooks: [{ id: "runbook-alert", title: "Alert", text: "Do `this`:\n\n    docker ps\n", alert: "Alert" }],
};
const plots = pages.flatMap(({ panels }) => panels.filter((_, at) => at % 2 === 0)).length;

function points(size: number): [number, number | null][] {
  return Array.from({ length: 241 }, (_, at) => [
    (range.start + at * range.step) * 1000,
    at > 60 && at < 90 ? null : size * (2 + Math.sin(at / 9)),
  ]);
}

/** Pairs of texts of one plot that lie on one another, as the browser has drawn them. */
const overlaps = `[...document.querySelectorAll("svg")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3)
    .map(([other]) => one + " / " + other));
})`;
/** Texts of plots that are cut off at an edge of theirs. */
const cut = `[...document.querySelectorAll("svg")].flatMap((svg) => {
  const edge = svg.getBoundingClientRect();
  return [...svg.querySelectorAll("text")]
    .filter((text) => { const box = text.getBoundingClientRect();
      return box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + 1 || box.top < edge.top - 1; })
    .map((text) => text.textContent);
})`;

describe.skipIf(missing)(`a report in Chromium${missing === undefined ? "" : `: ${missing}`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "gemma-report-"));
  let page: ChromiumPage;
  beforeAll(async () => {
    page = await ChromiumPage.open();
    for (const domain of ["Page", "Network", "Log", "Runtime"]) await page.send(`${domain}.enable`);
  });
  afterAll(async () => {
    await page[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  describe.each(languages)("in %s", (language) => {
    const file = join(folder, `${language}.html`);
    const url = pathToFileURL(file).href;
    beforeAll(async () => {
      writeFileSync(file, reportPage(report, language));
      await page.go(url);
    });

    it("loads nothing but itself, and says nothing on the console", () => {
      const asked = page.events("Network.requestWillBeSent").map(({ request }) => (request as { url: string }).url);
      expect(asked.filter((to) => to !== url && to !== "about:blank")).toEqual([]);
      expect(page.events("Log.entryAdded")).toEqual([]);
      expect(page.events("Runtime.consoleAPICalled")).toEqual([]);
      expect(page.events("Runtime.exceptionThrown")).toEqual([]);
    });

    it("draws every plot, and has each link lead somewhere", async () => {
      expect(await page.evaluate("document.querySelectorAll('figure svg').length")).toBe(plots);
      const lost = "[...document.links].filter(({ hash }) => !document.querySelector(hash)).map(({ href }) => href)";
      expect(await page.evaluate(lost)).toEqual([]);
      expect(await page.evaluate("document.documentElement.lang")).toBe(language);
    });

    it("can run no script, whatever got in", async () => {
      const injected = `new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective));
        document.body.append(Object.assign(document.createElement("script"), { textContent: "window.ran = true" }));
      })`;
      expect(await page.evaluate(injected)).toBe("script-src-elem");
      expect(await page.evaluate("window.ran")).toBeUndefined();
      page.forget();
    });

    it.each([1600, 1280, 800, 360])("fits a window of %d pixels", async (width) => {
      await page.send("Emulation.setDeviceMetricsOverride", {
        width,
        height: 900,
        deviceScaleFactor: 1,
        mobile: false,
      });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      expect(await page.evaluate(overlaps)).toEqual([]);
      expect(await page.evaluate(cut)).toEqual([]);
    });
  });
});
