import { clientSettings, settingsText } from "../components/client-settings.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";

const usage = "npm run clients -s dev -- [--token CLIENT]";

await main(async () => {
  const { stack, client } = parsed();
  const { baseUrl, modelName, tokens, gatewayStatus } = await (await StackRun.look(existingStack(stack))).outputs();
  if (client === undefined) {
    const clients = tokens === undefined ? undefined : { stack, names: Object.keys(tokens) };
    process.stdout.write(
      settingsText(clientSettings(gatewayStatus?.clientUrl ?? baseUrl, modelName, tokens !== undefined), clients),
    );
    return;
  }
  const token = new Map(Object.entries(tokens ?? {})).get(client);
  if (token === undefined)
    throw new Failure(
      `The stack ${stack} has no client ${client}: ${tokens === undefined ? "it has no gateway, and asks for no token" : `its clients are ${Object.keys(tokens).join(", ")}`}`,
      exitStatus.refused,
    );
  process.stdout.write(`${token}\n`);
});

function parsed(): { stack: string; client: string | undefined } {
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { stack: { type: "string", short: "s" }, token: { type: "string" } } },
    usage,
  );
  return { stack: oneStack(values.stack, positionals, usage), client: values.token };
}
