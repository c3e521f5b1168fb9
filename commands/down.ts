import { anyStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { agreed } from "../support/agreed.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";

const usage = "npm run down -s dev -- [--yes]";

await main(async () => {
  const { stack, yes } = parsed();
  if (process.stdin.isTTY && !yes && !(await agreed(`Remove the containers and networks of the stack ${stack}?`)))
    throw new Failure("Nothing was changed", exitStatus.refused);
  const known = await StackRun.takeDown(anyStack(stack));
  process.stdout.write(
    known
      ? `The stack ${stack} is down; its images stay, and its volume where volume.retainOnDelete is true\n`
      : `Nothing is written down of a stack ${stack} here; no container or network has its labels any more\n`,
  );
});

function parsed(): { stack: string; yes: boolean } {
  const { values, positionals } = readOptions(
    {
      allowPositionals: true,
      options: { stack: { type: "string", short: "s" }, yes: { type: "boolean", default: false, short: "y" } },
    },
    usage,
  );
  return { stack: oneStack(values.stack, positionals, usage), yes: values.yes };
}
