import { allPassed, apiJson, resultLines, summaryLine } from "../operations/measure/api-report.ts";
import { apiChecks, runCheck, thinkingModels, type ApiResult } from "../operations/measure/api-run.ts";
import { accessOf } from "../operations/measure/client-access.ts";
import { measuredStack } from "../operations/measure/measured-stack.ts";
import { exitStatus } from "../support/exit-status.ts";
import { interruptible } from "../support/interruptible.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { withHeartbeat } from "../support/progress.ts";

await main(async () => {
  const { stack, client, json } = parsed();
  const { outputs, config } = await measuredStack(stack);
  const access = await accessOf(outputs, config, client);
  const { service } = access;
  const checks = await apiChecks(access, await thinkingModels(service, access.models));
  const patience = outputs.readiness.timeout;
  const results: ApiResult[] = [];
  await interruptible(async (signal) => {
    for (const [index, check] of checks.entries()) {
      const what = `${index + 1} of ${checks.length}: ${check.asked.method} ${check.asked.path}`;
      const result = await withHeartbeat(what, runCheck(service, check, patience, signal));
      results.push(result);
      if (!json) process.stdout.write(`${resultLines(result)}\n`);
    }
  });
  const subject = { stack, client: access.client, url: service.url };
  process.stdout.write(json ? apiJson(subject, results) : `${summaryLine(results, access.client)}\n`);
  if (!allPassed(results)) process.exitCode = exitStatus.failed;
});

function parsed(): { stack: string; client: string | undefined; json: boolean } {
  const usage = "npm run test-api -s dev -- [--client NAME] [--json]";
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        client: { type: "string" },
        json: { type: "boolean", default: false },
        // Of a closed host; nothing of it is needed here.
        data: { type: "string" },
      },
    },
    usage,
  );
  return { stack: oneStack(values.stack, positionals, usage), client: values.client, json: values.json };
}
