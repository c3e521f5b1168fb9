import { labelFilters, type StackLabels } from "../../engine/stack-labels.ts";
import { asked } from "./ask-host.ts";
import type { BundleFile } from "./archive.ts";
import { secretsOfEnvironment, type Secret } from "./secret-values.ts";
import { withoutTexts } from "./server-log.ts";

/** What Docker tells of a stack's containers. */
export interface ContainerFiles {
  readonly files: readonly BundleFile[];
  /** Secret values in their environments, wherever else they may stand. */
  readonly secrets: readonly Secret[];
}

/** Inspections and logs of a stack's containers; prompts and answers are in none of them. */
export async function containerFiles(labels: StackLabels): Promise<ContainerFiles> {
  const { text } = await asked(["docker", "ps", "--all", "--format", "{{.Names}}", ...labelFilters(labels)]);
  const names = text.split("\n").filter((name) => /^[\w.-]+$/.test(name));
  const files: BundleFile[] = [];
  const secrets: Secret[] = [];
  for (const name of names) {
    const inspected = (await asked(["docker", "container", "inspect", name], { streams: "output" })).text;
    secrets.push(...secretsOfEnvironment(environmentIn(inspected)));
    files.push({
      path: `containers/${name}.json`,
      text: inspected,
      about: { en: `docker inspect of ${name}`, ko: `${name}의 docker inspect` },
    });
    const log = (await asked(["docker", "logs", "--timestamps", name], { seconds: 120 })).text;
    files.push({
      path: `containers/${name}.log`,
      text: name.startsWith("ollama-") ? withoutTexts(log) : log,
      about: { en: `Log of ${name}`, ko: `${name}의 로그` },
      log: true,
    });
  }
  return { files, secrets };
}

function environmentIn(inspected: string): Record<string, string> {
  try {
    const [found] = JSON.parse(inspected) as { Config: { Env?: string[] | null } }[];
    const entries = (found?.Config.Env ?? []).map((each) => [
      each.split("=")[0] ?? "",
      each.slice(each.indexOf("=") + 1),
    ]);
    return Object.fromEntries(entries) as Record<string, string>;
  } catch {
    return {};
  }
}
