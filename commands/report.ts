import { writeFile } from "node:fs/promises";
import { pages } from "../monitoring/pages.ts";
import { collect } from "../operations/report/collect.ts";
import { languages, type Language } from "../operations/report/language.ts";
import { reportPage } from "../operations/report/page.ts";
import { Prometheus } from "../operations/report/prometheus.ts";
import { prometheusOf } from "../operations/report/access.ts";
import { runbooksOf } from "../operations/report/runbooks.ts";
import { timeRange, type TimeRange } from "../operations/report/time-range.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { fromCaller } from "../support/called-from.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { say, Waiting } from "../support/progress.ts";

await main(async () => {
  const { stack, range, language, file } = parsed();
  using waiting = new Waiting("Reading the stack's outputs");
  const run = await StackRun.look(existingStack(stack));
  const outputs = await run.outputs();
  const prometheus = new Prometheus(prometheusOf(outputs, stack));
  const collected = await collect(prometheus, range, pages, waiting);
  const runbooks = await runbooksOf(collected.alerts, language);
  const models = outputs.models.map(({ name }) => name);
  await written(file, reportPage({ ...collected, stack, models, runbooks }, language));
  say(`The report is written: open it in a browser, or copy it to a machine that has one`);
  process.stdout.write(`${file}\n`);
});

interface Asked {
  readonly stack: string;
  readonly range: TimeRange;
  readonly language: Language;
  readonly file: string;
}

function parsed(): Asked {
  const usage = "npm run report -s prod -- --since 24h --language en --out report.html";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        since: { type: "string", default: "24h" },
        language: { type: "string", default: "en" },
        out: { type: "string" },
        // Of a closed host; nothing of it is needed here.
        data: { type: "string" },
      },
    },
    usage,
  );
  const stack = oneStack(values.stack, positionals, usage);
  const now = Date.now() / 1000;
  const language = languages.find((known) => known === values.language);
  if (language === undefined)
    throw new Failure(
      `--language is ${JSON.stringify(values.language)}: write one of ${languages.join(", ")}`,
      exitStatus.usage,
    );
  const file = fromCaller(values.out ?? `report-${stack}-${new Date().toISOString().slice(0, 10)}.html`);
  return { stack, range: timeRange(values.since, now), language, file };
}

async function written(file: string, page: string): Promise<void> {
  try {
    await writeFile(file, page);
  } catch (error) {
    throw new Failure(`The report cannot be written to ${file} (${reasonOf(error)}): name another file with --out`);
  }
}
