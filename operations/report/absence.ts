import type { Panel } from "../../monitoring/pages.ts";
import type { Text } from "./language.ts";

/** Whether each part that Prometheus asks, by its job, answered at any moment of a time. */
export type Scraped = ReadonlyMap<string, boolean>;

/** Who tells the figures of what a panel needs, and why a stack may have none of it. */
const parts: Readonly<Record<NonNullable<Panel["needs"]>, { readonly job: string; readonly missing: Text }>> = {
  gateway: {
    job: "usher",
    missing: {
      en: "this stack has no gateway (gemma:gateway, key enabled)",
      ko: "이 스택에는 게이트웨이가 없다(gemma:gateway의 enabled)",
    },
  },
  gpu: {
    job: "gpu",
    missing: { en: "this stack has no GPU (gemma:gpus)", ko: "이 스택에는 GPU가 없다(gemma:gpus)" },
  },
  watcher: {
    job: "watcher",
    missing: {
      en: "this stack has no watcher (gemma:watcher, key enabled)",
      ko: "이 스택에는 watcher가 없다(gemma:watcher의 enabled)",
    },
  },
};

/** Says why a panel has no figures. */
export function absence({ needs }: Pick<Panel, "needs">, scraped: Scraped): Text {
  const part = needs && parts[needs];
  const answered = part && scraped.get(part.job);
  if (part === undefined || answered === true)
    return { en: "nothing of this kind happened in this time", ko: "이 기간에 해당하는 기록이 없다" };
  if (answered === undefined) return part.missing;
  return {
    en: `the part that tells them (job ${part.job}) did not answer in this time: see the alerts`,
    ko: `지표를 알려 주는 구성 요소(job ${part.job})가 이 기간에 응답하지 않았다. 경보를 확인한다`,
  };
}
