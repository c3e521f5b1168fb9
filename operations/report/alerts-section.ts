import { alerts as rules } from "../../monitoring/alerts.ts";
import type { FiredAlert } from "./alerts.ts";
import { markup, type Html } from "./html.ts";
import type { Language } from "./language.ts";
import { markdown } from "./markdown.ts";
import { formatMoment } from "./moment.ts";
import type { Report } from "./page.ts";
import type { Runbook } from "./runbooks.ts";
import { words } from "./words.ts";

/** Labels that tell where a figure came from, not what it is about. */
const told = new Set(["job", "instance"]);

/** Tables of the alerts that fire now, and of those that fired and are over, each with a link to its runbook. */
export function alertTables({ alerts, runbooks }: Pick<Report, "alerts" | "runbooks">, language: Language): Html {
  const say = (word: keyof typeof words) => words[word][language];
  const table = (some: readonly FiredAlert[], none: string) =>
    some.length === 0
      ? markup`<p>${none}</p>`
      : markup`<table class="alerts">
          <thead>
            <tr>
              <th scope="col">${say("alert")}</th>
              <th scope="col">${say("severity")}</th>
              <th scope="col">${say("since")}</th>
              <th scope="col">${say("last")}</th>
              <th scope="col">${say("whatToDo")}</th>
            </tr>
          </thead>
          <tbody>
            ${some.map((alert) => alertRow(alert, runbooks, language))}
          </tbody>
        </table>`;
  return markup`<h3>${say("firing")}</h3>
    ${table(
      alerts.filter(({ firing }) => firing),
      say("noneFiring"),
    )}
    <h3>${say("fired")}</h3>
    ${table(
      alerts.filter(({ firing }) => !firing),
      say("noneFired"),
    )}`;
}

function alertRow(alert: FiredAlert, runbooks: readonly Runbook[], language: Language): Html {
  const { name, severity, labels, from, to } = alert;
  const about = Object.entries(labels).flatMap(([label, value]) => (told.has(label) ? [] : [`${label}: ${value}`]));
  const lines = [summaryOf(alert, language), about.join(", ")].filter((line) => line !== "");
  const runbook = runbooks.find(({ alert }) => alert === name);
  const link = runbook && markup`<a href="#${runbook.id}">${runbook.title}</a>`;
  return markup`<tr>
    <td>${name}${lines.map((line) => markup`<small>${line}</small>`)}</td>
    <td class="${severity}">${severity}</td>
    <td>${formatMoment(from)}</td>
    <td>${formatMoment(to)}</td>
    <td>${link ?? "–"}</td>
  </tr> `;
}

/** What the rule says of an alert, with its labels in their places; its value is not among what Prometheus keeps. */
function summaryOf({ name, labels }: FiredAlert, language: Language): string {
  const rule = rules.find((known) => known.name === name);
  const filled = rule?.summary[language].replace(
    /\{\{ \$labels\.(\w+) \}\}/g,
    (_, label: string) => labels[label] ?? "",
  );
  return (filled ?? "").replace("{{ $value }}", "…");
}

/** The runbooks themselves, so that a page without a network has them. */
export function runbookSection(runbooks: readonly Runbook[], language: Language): Html | undefined {
  if (runbooks.length === 0) return undefined;
  return markup`<section id="runbooks">
    <h2>${words.runbooks[language]}</h2>
    ${runbooks.map(
      ({ id, title, text }) =>
        markup`<article id="${id}">
          <h3>${title}</h3>
          ${markdown(text)}
        </article> `,
    )}
  </section> `;
}
