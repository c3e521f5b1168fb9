import { readDeployment } from "../operations/doctor/recorded.ts";
import { driftOf } from "../operations/drift/gather.ts";
import { verdictNumber, verdictText } from "../operations/drift/verdict.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { now, recordFigures } from "../runner/record-figures.ts";
import { StackRun } from "../runner/stack-run.ts";
import { fromCaller } from "../support/called-from.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";
import { withHeartbeat } from "../support/progress.ts";

await main(async () => {
  const asked = parsed();
  await compare(asked).catch((error: unknown) => {
    // 1 says that something was changed.
    throw new Failure(reasonOf(error), verdictNumber.unknown);
  });
});

async function compare({ stack, data, signers, quick, json }: ReturnType<typeof parsed>): Promise<void> {
  const args = existingStack(stack);
  const outputs = await (await StackRun.look(args)).outputs();
  const looked = driftOf({ args, deployment: await readDeployment(args), data, signers, quick });
  const verdict = await withHeartbeat("Comparing what runs with what was deployed", looked);
  const number = verdictNumber[verdict.verdict];
  await recordFigures(outputs, "drift", { stack_drift: number, stack_last_drift_timestamp_seconds: now() });
  process.stdout.write(json ? `${JSON.stringify({ stack, ...verdict }, undefined, 2)}\n` : verdictText(stack, verdict));
  process.exitCode = number;
}

function parsed() {
  const usage = "npm run drift -s dev -- [--quick] [--json] [--allowed-signers FILE]";
  const flag = { type: "boolean", default: false } as const;
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        stack: { type: "string", short: "s" },
        // Of a closed host.
        data: { type: "string" },
        "allowed-signers": { type: "string" },
        quick: flag,
        json: flag,
      },
    },
    usage,
  );
  const { data, "allowed-signers": list, quick, json } = values;
  const signers = list === undefined ? undefined : fromCaller(list);
  return { stack: oneStack(values.stack, positionals, usage), data, signers, quick, json };
}
