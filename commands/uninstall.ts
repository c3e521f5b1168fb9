import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { DataFolder } from "../offline/host/data-folder.ts";
import { removeImages } from "../offline/host/load-package-image.ts";
import { sharePlugins } from "../offline/host/plugins.ts";
import { forgetLayers, imagesOf } from "../offline/host/prune.ts";
import { serviceOf, trialOf } from "../offline/host/service.ts";
import { clearTrial } from "../offline/trial.ts";
import { StackRun } from "../runner/stack-run.ts";
import { agreed } from "../support/agreed.ts";
import { main } from "../support/main.ts";
import { readOptions } from "../support/options.ts";

await main(async () => {
  const options = {
    data: { type: "string", default: "/var/lib/gemma" },
    purge: { type: "boolean", default: false },
  } as const;
  const { values } = readOptions({ options }, "deploy.sh --uninstall [--purge] [--data DIR]");
  const data = new DataFolder(values.data);
  const versions = await data.versions();
  // One that never passed its gate is not the current one, and may have left something behind.
  const version = (await data.current()) ?? versions.at(-1);
  await sharePlugins(data);
  if (version !== undefined) {
    await clearTrial(trialOf(version, data));
    await StackRun.takeDown(serviceOf(version, data));
  }
  await forgetLayers(versions);
  await removeImages([...new Set(versions.flatMap(imagesOf))]);
  await data.deselect();
  process.stdout.write("Containers, networks and images are removed.\n");
  await removeData(data, values.purge);
});

/** Removes state, passphrase, versions and tools, once somebody has said so. */
async function removeData(data: DataFolder, purge: boolean): Promise<void> {
  if (!purge && !(await agreed(`Remove ${data.path} too, with state, passphrase and versions?`))) {
    process.stdout.write(`${data.path} is kept, with state and passphrase; --purge removes it.\n`);
    return;
  }
  // The lock is held by the script that called this.
  for (const name of await readdir(data.path))
    if (name !== "lock") await rm(join(data.path, name), { recursive: true });
  process.stdout.write(`${data.path} is empty.\n`);
}
