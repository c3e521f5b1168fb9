import { checkReadiness, type GateInput } from "./support/check-readiness.ts";
import { main, readInput } from "./support/main.ts";

await main(async () => {
  await checkReadiness(await readInput<GateInput>());
});
