import { mkdir } from "node:fs/promises";
import { formatBytes } from "../components/units.ts";
import { checkConfig } from "../config/check.ts";
import { readStackFiles } from "../config/stack-files.ts";
import { Failure } from "../ollama/failure.ts";
import { totalSize } from "../ollama/manifest.ts";
import { Registry } from "../ollama/registry.ts";
import { StagedStore } from "../ollama/staged-store.ts";
import { main, stackArgument } from "./support/main.ts";
import { Progress, say } from "./support/progress.ts";
import { stagedFolder } from "./support/staged-folder.ts";

await main(async () => {
  const stack = stackArgument("stage");
  const { config, message } = await checkConfig(readStackFiles(stack), stack);
  if (config === undefined) throw new Failure(message);
  const { name, digest } = config.model;

  await mkdir(stagedFolder, { recursive: true });
  const store = new StagedStore(stagedFolder);
  const registry = new Registry(config.registry);
  const staged = await store.manifest(name);
  // A staged manifest with the wanted digest says what to check; the registry is asked only when there is none.
  const manifest = staged !== undefined && staged.digest === digest ? staged : await registry.manifest(name, digest);
  const size = totalSize(manifest);
  say(`Staging ${name} (${formatBytes(size)}) in ${stagedFolder}`);
  {
    using progress = new Progress(`Staging ${name}`, size);
    for (const blob of manifest.blobs) await store.fetch(registry, name, blob, progress);
  }
  await store.writeManifest(name, manifest);
  process.stdout.write(
    `${name} ${manifest.digest} is staged: ${manifest.blobs.length} blobs, ${formatBytes(size)}, all verified\n`,
  );
});
