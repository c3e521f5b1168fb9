import { nextStep, tryImage } from "../offline/try-image.ts";
import { comparisonText } from "../runner/compare-servers.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { oneStack, readOptions } from "../support/options.ts";

const usage = "npm run try -s dev -- --base-image ollama/ollama:0.33.3";

await main(async () => {
  const { stack, baseImage } = parsed();
  const { comparison, delivery } = await tryImage(stack, baseImage);
  process.stdout.write(`${comparisonText(comparison)}\n${nextStep(stack, baseImage, delivery)}\n`);
});

function parsed(): { stack: string; baseImage: string } {
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { stack: { type: "string", short: "s" }, "base-image": { type: "string" } } },
    usage,
  );
  const stack = oneStack(values.stack, positionals, usage);
  const baseImage = values["base-image"];
  if (baseImage === undefined) throw new Failure(`Name the image to try: ${usage}`, exitStatus.usage);
  return { stack, baseImage };
}
