import { stringify } from "yaml";
import { renderStack } from "../runner/rendering.ts";
import { main, stackArgument } from "../support/main.ts";

await main(async () => {
  const rendering = await renderStack(stackArgument("render"));
  process.stdout.write(stringify(rendering, { sortMapEntries: true, lineWidth: 0 }));
});
