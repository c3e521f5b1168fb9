import { checkoutStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { agreed } from "../support/agreed.ts";
import { Failure } from "../support/failure.ts";
import { main, stackArgument } from "../support/main.ts";

await main(async () => {
  const stack = stackArgument("down");
  const asked = process.stdin.isTTY && !process.argv.includes("--yes");
  if (asked && !(await agreed(`Remove the containers and networks of the stack ${stack}?`)))
    throw new Failure("Nothing was changed");
  const known = await StackRun.takeDown(checkoutStack(stack));
  process.stdout.write(
    known
      ? `The stack ${stack} is down; its images stay, and its volume where volume.retainOnDelete is true\n`
      : `Nothing is written down of a stack ${stack} here; no container or network has its labels any more\n`,
  );
});
