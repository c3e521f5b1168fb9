import { pages } from "../../monitoring/pages.ts";
import type { StackOutputs } from "../../runner/outputs.ts";
import { reasonOf } from "../../support/failure.ts";
import { prometheusOf } from "../report/access.ts";
import { pageFigures } from "../report/panel-figures.ts";
import { Prometheus } from "../report/prometheus.ts";
import type { BundleFile } from "./archive.ts";

/** Days of which figures are taken, and how far apart they are, seconds. */
const days = 3;
const step = 600;

/** The figures of the last days, a file for each page, or one that says why there are none. */
export async function figureFiles(stack: string, outputs: StackOutputs, now: Date): Promise<BundleFile[]> {
  if (outputs.monitoring === undefined) return [];
  try {
    return await filesOf(new Prometheus(prometheusOf(outputs, stack)), now);
  } catch (error) {
    const about = { en: "Why there are no figures", ko: "지표가 없는 이유" };
    return [{ path: "figures/missing.txt", text: `${reasonOf(error)}\n`, about }];
  }
}

async function filesOf(prometheus: Prometheus, now: Date): Promise<BundleFile[]> {
  const end = Math.floor(now.getTime() / 1000);
  const range = { start: end - days * 24 * 3600, end, step };
  const files: BundleFile[] = [];
  // One after another: Prometheus has other work on a small host.
  for (const page of pages) {
    const { panels } = await pageFigures(prometheus, page, range);
    files.push({
      path: `figures/${page.id}.json`,
      text: `${JSON.stringify(panels)}\n`,
      about: {
        en: `Figures of the last ${days} days: ${page.title.en}`,
        ko: `최근 ${days}일의 지표: ${page.title.ko}`,
      },
    });
  }
  return files;
}
