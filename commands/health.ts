import { modelsDo } from "../config/model-name.ts";
import type { StackLabels } from "../engine/stack-labels.ts";
import { recordHealth } from "../offline/host/health-record.ts";
import { containersOf } from "../offline/host/running.ts";
import { watcherLines, watcherStatus } from "../offline/host/watcher-status.ts";
import { checkGateway, checkModel } from "../runner/check-health.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import type { StackOutputs } from "../runner/outputs.ts";
import { now, recordFigures } from "../runner/record-figures.ts";
import { StackRun, stackLabelsOf } from "../runner/stack-run.ts";
import { reasonOf } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";

await main(async () => {
  const { stack, data } = parsed();
  let outputs: StackOutputs | undefined;
  const args = existingStack(stack);
  try {
    const run = await StackRun.look(args);
    await run.requireStarted();
    outputs = await run.outputs();
    await checkModel(outputs);
    // The model answers through none of these, and the gateway without all of them.
    await run.requireWell();
    await checkGateway(outputs);
    await recordFigures(outputs, "gate", { stack_last_gate_timestamp_seconds: now(), stack_last_gate_passed: 1 });
    if (data !== undefined) await recordHealth(data, true, modelsDo(outputs.models, "answer"));
  } catch (error) {
    const failed = { stack_last_gate_timestamp_seconds: now(), stack_last_gate_passed: 0 };
    await recordFigures(outputs ?? {}, "gate", failed);
    if (data !== undefined) await recordHealth(data, false, reasonOf(error));
    throw error;
  } finally {
    await tellOfWatcher(stackLabelsOf(args));
  }
});

/** Nothing where there is none, or where Docker does not tell. */
async function tellOfWatcher(labels: StackLabels): Promise<void> {
  const containers = await containersOf(labels);
  const status = typeof containers === "string" ? null : await watcherStatus(containers);
  if (status !== null) process.stdout.write(`The watcher: ${watcherLines(status).join("\n  ")}\n`);
}

function parsed(): { stack: string; data: string | undefined } {
  const usage = "npm run health -s dev";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        // Of a closed host, where the outcome is written down.
        data: { type: "string" },
      },
    },
    usage,
  );
  return { stack: oneStack(values.stack, positionals, usage), data: values.data };
}
