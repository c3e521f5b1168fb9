import { clientSettings, settingsText, type ClientAccess } from "../components/client-settings.ts";
import type { GatewayStatus } from "../components/gateway.ts";
import { edgeAlias, edgePort } from "../edge/layout.ts";
import { existingStack } from "../runner/checkout-stack.ts";
import { StackRun } from "../runner/stack-run.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";

const usage = "npm run clients -s dev -- [--token CLIENT]";

await main(async () => {
  const { stack, client } = parsed();
  const { baseUrl, models, tokens, gatewayStatus } = await (await StackRun.look(existingStack(stack))).outputs();
  if (client === undefined) {
    const url = gatewayStatus?.clientUrl ?? baseUrl;
    const clients = tokens === undefined ? undefined : Object.keys(tokens);
    const owner = gatewayStatus?.certificate == null ? "gateway" : "organisation";
    const root = url.startsWith("https:") ? owner : undefined;
    const access = { stack, url, models, clients, ...containersOf(gatewayStatus) };
    process.stdout.write(settingsText(clientSettings({ ...access, root })));
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

/** How containers on this host reach a gateway; not by a certificate of the organisation's, which lacks the name that they call. */
function containersOf(status: GatewayStatus | undefined): Pick<ClientAccess, "containers"> {
  if (status?.clientNetwork === undefined || status.certificate !== null) return {};
  const url = `${new URL(status.url).protocol}//${edgeAlias}:${edgePort}`;
  return { containers: { network: status.clientNetwork, url } };
}

function parsed(): { stack: string; client: string | undefined } {
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { stack: { type: "string", short: "s" }, token: { type: "string" } } },
    usage,
  );
  return { stack: oneStack(values.stack, positionals, usage), client: values.token };
}
