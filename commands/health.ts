import { checkHealth } from "../runner/check-health.ts";
import { checkoutStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { main, stackArgument } from "../support/main.ts";

await main(async () => {
  const run = await StackRun.look(checkoutStack(stackArgument("health")));
  await checkHealth(await run.outputs());
});
