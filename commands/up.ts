import { bringUp } from "../runner/bring-up.ts";
import { checkoutStack } from "../runner/checkout-stack.ts";
import { StackRun, type Selection } from "../runner/stack-run.ts";
import { summary } from "../runner/summary.ts";
import { agreed } from "../support/agreed.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";

const usage =
  "npm run up:dev -- [--yes] [--diff] [--expect-no-changes] [--target URN] [--target-dependents] [--replace URN] [--target-replace URN]";

await main(async () => {
  const { stack, yes, selection } = parsed();
  const run = await StackRun.open(checkoutStack(stack));
  // Without a terminal nobody can answer.
  if (process.stdin.isTTY && !yes) {
    await run.preview(selection);
    if (!(await agreed(`Do this to the stack ${stack}?`))) throw new Failure("Nothing was changed", exitStatus.refused);
  }
  const { outputs } = await bringUp(run, selection);
  await run.keepImages();
  process.stdout.write(`${summary(stack, outputs)}\n`);
});

function parsed(): { stack: string; yes: boolean; selection: Selection } {
  const flag = { type: "boolean", default: false } as const;
  const names = { type: "string", multiple: true } as const;
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: {
        yes: { ...flag, short: "y" },
        diff: flag,
        "expect-no-changes": flag,
        "target-dependents": flag,
        target: { ...names, short: "t" },
        replace: names,
        "target-replace": names,
      },
    },
    usage,
  );
  const { "target-replace": both = [], target = [], replace = [] } = values;
  return {
    stack: oneStack(undefined, positionals, usage),
    yes: values.yes,
    selection: {
      target: [...target, ...both],
      replace: [...replace, ...both],
      targetDependents: values["target-dependents"],
      diff: values.diff,
      expectNoChanges: values["expect-no-changes"],
    },
  };
}
