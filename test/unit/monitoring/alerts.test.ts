import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { anchorOf } from "../../../monitoring/alert.ts";
import { alertGroups, alerts, alertsText } from "../../../monitoring/alerts.ts";
import { projectFolder } from "../../../support/project-folder.ts";

interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Record<string, unknown>[] }[];
}

/** What a text fills in. */
const filledIn = (text: string) => text.match(/\{\{.*?\}\}/g)?.toSorted() ?? [];

describe("the rules of alerts", () => {
  it("are those that are described", () => {
    const { groups } = parse(alertsText()) as Rules;
    expect(groups.map(({ name }) => name)).toEqual(Object.keys(alertGroups));
    expect(groups.flatMap(({ rules }) => rules)).toEqual(
      alerts.map((alert) => ({
        alert: alert.name,
        expr: alert.expr,
        for: alert.for,
        labels: { severity: alert.severity },
        annotations: {
          summary: alert.summary.en,
          summary_ko: alert.summary.ko,
          description: alert.description.en,
          description_ko: alert.description.ko,
          runbook: `runbooks.md#${alert.name.toLowerCase()}`,
        },
      })),
    );
  });

  it("have names of their own", () => {
    expect(new Set(alerts.map(anchorOf)).size).toBe(alerts.length);
  });

  it.each(alerts)("tell the same of $name in both languages", ({ summary, description }) => {
    for (const text of [summary, description]) {
      expect(filledIn(text.ko)).toEqual(filledIn(text.en));
      expect(text.ko).toMatch(/[가-힣]/);
    }
    expect(description.en).toMatch(/^.+ .+\.$/);
  });
});

describe.each(["en", "ko"])("the runbooks in %s", (language) => {
  const text = readFileSync(join(projectFolder, "docs", language, "runbooks.md"), "utf8");
  const sections = text.split(/^### /m).slice(1);

  it("are one for each alert, in their order", () => {
    expect(sections.map((section) => section.split("\n")[0])).toEqual(alerts.map(({ name }) => name));
  });

  it.each(alerts)("tell of $name how to see it and what to do", ({ name }) => {
    const section = sections.find((one) => one.startsWith(`${name}\n`)) ?? "";
    expect(section.split(/^## /m)[0]).toMatch(/```bash\n[^]+```/);
    const parts = { en: ["See:", "Do:", "Leave it alone:"], ko: ["확인:", "조치:", "두어도 되는 경우:"] };
    expect(section.match(/^\*\*.+?\*\*/gm)).toEqual(parts[language as "en"].map((part) => `**${part}**`));
  });
});
