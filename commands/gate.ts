import { checkReadiness } from "../engine/check-readiness.ts";
import { type GateInput } from "../components/readiness-gate.ts";
import { main, readInput } from "../support/main.ts";

await main(async () => {
  await checkReadiness(await readInput<GateInput>());
});
