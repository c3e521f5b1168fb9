import { stringify } from "yaml";
import { renderStack } from "../runner/rendering.ts";
import { main } from "../support/main.ts";
import { stackArgument } from "../support/options.ts";

await main(async () => {
  const rendering = await renderStack(stackArgument("render"));
  process.stdout.write(stringify(rendering, { sortMapEntries: true, lineWidth: 0 }));
});
