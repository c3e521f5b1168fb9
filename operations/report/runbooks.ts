import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { projectFolder } from "../../support/project-folder.ts";
import type { FiredAlert } from "./alerts.ts";
import type { Language } from "./language.ts";

/** What to do about an alert. */
export interface Runbook {
  /** Its anchor within the page. */
  readonly id: string;
  readonly title: string;
  /** In Markdown. */
  readonly text: string;
  /** Name of that alert. */
  readonly alert: string;
}

/** The runbooks of some alerts, each once, from the document that comes with this version. */
export async function runbooksOf(alerts: readonly FiredAlert[], language: Language): Promise<Runbook[]> {
  // A report without them is still one.
  const text = await readFile(join(projectFolder, "docs", language, "runbooks.md"), "utf8").catch(() => "");
  return sectionsOf(text, alerts);
}

/** The sections of a document whose headings name some alerts. */
export function sectionsOf(document: string, alerts: readonly Pick<FiredAlert, "name">[]): Runbook[] {
  const sections = document.split(/^#{2,3} (?=.)/m).map((section) => /^(.*)\n*([^]*)$/.exec(section) ?? []);
  const names = new Set(alerts.map(({ name }) => name));
  return [...names].flatMap((alert) => {
    const [, title, text] = sections.find(([, heading = ""]) => heading.split(/\W+/).includes(alert)) ?? [];
    return title === undefined || text === undefined
      ? []
      : [{ id: `runbook-${alert}`, title: title.replaceAll("`", ""), text: text.trim(), alert }];
  });
}
