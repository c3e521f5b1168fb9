import { clientSettings, settingsText } from "../components/client-settings.ts";
import { checkoutStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { Failure } from "../support/failure.ts";
import { main, stackArgument } from "../support/main.ts";

await main(async () => {
  const stack = stackArgument("clients");
  const { baseUrl, modelName, tokens } = await (await StackRun.look(checkoutStack(stack))).outputs();
  const client = optionalValue("--token");
  if (client === undefined) {
    const clients = tokens === undefined ? undefined : { stack, names: Object.keys(tokens) };
    process.stdout.write(settingsText(clientSettings(baseUrl, modelName, tokens !== undefined), clients));
    return;
  }
  const token = tokens?.[client];
  if (token === undefined)
    throw new Failure(
      `The stack ${stack} has no client ${client}: ${tokens === undefined ? "it has no gateway, and asks for no token" : `its clients are ${Object.keys(tokens).join(", ")}`}`,
    );
  process.stdout.write(`${token}\n`);
});

function optionalValue(option: string): string | undefined {
  const place = process.argv.indexOf(option);
  return place < 0 ? undefined : process.argv[place + 1];
}
