import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { dashboardOf } from "../../../monitoring/dashboard.ts";
import { dataSourceUid } from "../../../monitoring/grafana.ts";
import { pages } from "../../../monitoring/pages.ts";
import { projectFolder } from "../../../support/project-folder.ts";

interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly {
    readonly title: string;
    readonly description: string;
    readonly datasource: { readonly uid: string };
    readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
    readonly targets: readonly { readonly expr: string; readonly legendFormat: string; readonly refId: string }[];
  }[];
}

const folder = join(projectFolder, "monitoring/dashboards");
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8")) as Dashboard;
const names = globSync(join(folder, "*.json")).map((path) => basename(path));

describe("the dashboards", () => {
  it("are one for each page and language", () => {
    expect(names.toSorted()).toEqual(pages.flatMap(({ id }) => [`${id}.en.json`, `${id}.ko.json`]).toSorted());
  });

  it("have uids and titles of their own, as one Grafana shows all", () => {
    const all = names.map(read);
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(names.length);
    expect(new Set(all.map(({ title }) => title)).size).toBe(names.length);
  });

  it.each(pages.flatMap((page) => (["en", "ko"] as const).map((language) => ({ page, language }))))(
    "have all of $page.id in $language",
    ({ page, language }) => {
      const dashboard = read(`${page.id}.${language}.json`);
      expect(dashboard).toEqual(JSON.parse(JSON.stringify(dashboardOf(page, language, dataSourceUid))));
      expect(dashboard.title).toBe(page.title[language]);
      expect(
        dashboard.panels.map(({ title, description, targets }) => ({
          title,
          about: description,
          queries: targets.map(({ expr, legendFormat }) => ({ expr, legend: legendFormat })),
        })),
      ).toEqual(
        page.panels.map(({ title, about, queries }) => ({ title: title[language], about: about[language], queries })),
      );
      for (const { datasource, targets } of dashboard.panels) {
        expect(datasource.uid).toBe("prometheus");
        expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      }
    },
  );

  it.each(names)("has no panel of %s lie on another", (name) => {
    const places = read(name).panels.map(({ gridPos: { h, w, x, y } }) => `${w}x${h} at ${x},${y}`);
    expect(places).toEqual(places.map((_, index) => `12x8 at ${(index % 2) * 12},${Math.floor(index / 2) * 8}`));
  });
});
