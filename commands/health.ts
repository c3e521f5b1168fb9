import { checkHealth } from "../runner/check-health.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { main } from "../support/main.ts";
import { stackArgument } from "../support/options.ts";

await main(async () => {
  const run = await StackRun.look(existingStack(stackArgument("health")));
  await checkHealth(await run.outputs());
});
