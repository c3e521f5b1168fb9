import { endText, tokenEnd } from "../edge/token-end.ts";
import { main, readInput } from "../support/main.ts";
import type { EndTokenInput } from "../components/client-token.ts";

await main(async () => {
  const { overlap } = await readInput<EndTokenInput>();
  // By which Pulumi gives a step what it printed before.
  const { PULUMI_COMMAND_STDOUT: recorded } = process.env;
  const end = tokenEnd({ recorded, overlap, now: Math.floor(Date.now() / 1000) });
  process.stdout.write(`${endText(end)}\n`);
});
