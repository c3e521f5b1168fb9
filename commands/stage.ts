import { formatBytes } from "../support/units.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { totalSize } from "../ollama/manifest.ts";
import { checkConfig } from "../config/check.ts";
import { readStackFiles } from "../config/stack-files.ts";
import { main } from "../support/main.ts";
import { stackArgument } from "../support/options.ts";
import { stageModels } from "../ollama/stage-model.ts";

await main(async () => {
  const stack = stackArgument("stage");
  const { config, message } = await checkConfig(readStackFiles(stack), stack);
  if (config === undefined) throw new Failure(message, exitStatus.refused);
  for (const { model, manifest } of await stageModels(config))
    process.stdout.write(
      `${model} ${manifest.digest} is staged: ${manifest.blobs.length} blobs, ${formatBytes(totalSize(manifest))}, all verified\n`,
    );
});
