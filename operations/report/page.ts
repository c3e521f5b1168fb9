import { alertTables, runbookSection } from "./alerts-section.ts";
import type { FiredAlert } from "./alerts.ts";
import { absence, type Scraped } from "./absence.ts";
import { formatFigure } from "./axis-scale.ts";
import { Html, markup } from "./html.ts";
import type { Language } from "./language.ts";
import { formatMoment, formatZone } from "./moment.ts";
import type { PageFigures, PanelFigures } from "./panel-figures.ts";
import { linePlot } from "./plot.ts";
import type { Runbook } from "./runbooks.ts";
import { style } from "./style.ts";
import type { SummaryRow } from "./summary.ts";
import type { TimeRange } from "./time-range.ts";
import { words } from "./words.ts";

/** All that a report shows. */
export interface Report {
  readonly stack: string;
  /** Versions by what they are of; empty where none was recorded. */
  readonly versions: Readonly<Record<string, string>>;
  readonly models: readonly string[];
  readonly range: TimeRange;
  readonly summary: readonly SummaryRow[];
  readonly alerts: readonly FiredAlert[];
  readonly pages: readonly PageFigures[];
  /** Whom Prometheus asked within the time. */
  readonly scraped: Scraped;
  /** What to do about those alerts. */
  readonly runbooks: readonly Runbook[];
}

/** Nothing is loaded from anywhere, and no script runs, whatever got in. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Writes a report as one page that needs nothing else. */
export function reportPage(report: Report, language: Language): string {
  const say = (word: keyof typeof words) => words[word][language];
  const title = `${say("report")}: ${report.stack}`;
  const sections = report.pages.map(({ page }) => ({ id: page.id, title: page.title[language] }));
  return markup`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${Html.trusted(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>
          ${Html.trusted(style)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          ${head(report, language)}
          <nav aria-label="${say("contents")}">
            ${[{ id: "summary", title: say("summary") }, { id: "alerts", title: say("alerts") }, ...sections].map(
              ({ id, title }) => markup`<a href="#${id}">${title}</a> `,
            )}
          </nav>
        </header>
        <main>
          <section id="summary">
            <h2>${say("summary")}</h2>
            ${summaryTable(report.summary, language)}
          </section>
          <section id="alerts">
            <h2>${say("alerts")}</h2>
            ${alertTables(report, language)}
          </section>
          ${report.pages.map(
            ({ page, panels }) =>
              markup`<section id="${page.id}">
                <h2>${page.title[language]}</h2>
                <div class="page">${panels.map((panel) => figure(panel, report, language))}</div>
              </section> `,
          )}${runbookSection(report.runbooks, language)}
        </main>
        <footer>${say("private")}</footer>
      </body>
    </html> `.toString();
}

function head({ versions, models, range }: Report, language: Language): Html {
  const say = (word: keyof typeof words) => words[word][language];
  const known = Object.entries(versions).map(([of, version]) => `${of} ${version}`);
  const time = `${formatMoment(range.start)} – ${formatMoment(range.end)} (${say("zone")} ${formatZone(range.end)})`;
  return markup`<dl>
    <dt>${say("version")}</dt>
    <dd>${known.join(", ") || say("unknown")}</dd>
    <dt>${say("models")}</dt>
    <dd>${models.join(", ")}</dd>
    <dt>${say("time")}</dt>
    <dd>${time}</dd>
  </dl>`;
}

function summaryTable(rows: readonly SummaryRow[], language: Language): Html {
  const say = (word: keyof typeof words) => words[word][language];
  return markup`<table>
    <thead>
      <tr>
        <th scope="col">${say("figure")}</th>
        <th scope="col">${say("value")}</th>
      </tr>
    </thead>
    <tbody>
      ${rows.map(({ title, about, unit, value }) => {
        const figure =
          value === undefined
            ? markup`<td class="soft">${say("notMeasured")}</td>`
            : markup`<td class="figure">${formatFigure(value, unit)}</td>`;
        return markup`<tr>
          <td>${title[language]}<small>${about[language]}</small></td>
          ${figure}
        </tr> `;
      })}
    </tbody>
  </table>`;
}

function figure({ panel, series, leftOut, refused }: PanelFigures, { scraped }: Report, language: Language): Html {
  const title = panel.title[language];
  const about = panel.about[language];
  if (series.length === 0)
    return markup`<figure>
      <h3>${title}</h3>
      <p class="none">${words.noFigures[language]}: ${refused ?? absence(panel, scraped)[language]}</p>
      <figcaption>${about}</figcaption>
    </figure> `;
  const plot = linePlot({
    title,
    width: 620,
    height: 280,
    x: { name: "", type: "time" },
    y: { name: "", unit: panel.unit },
    series,
  });
  const more = leftOut === 0 ? "" : ` (${leftOut} ${words.more[language]})`;
  return markup`<figure>
    ${Html.trusted(plot)}
    <figcaption>${about}${more}</figcaption>
  </figure> `;
}
