import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { forgetLayersOf } from "../engine/images.ts";
import { DataFolder, type InstalledVersion } from "../offline/host/data-folder.ts";
import { adoptMoved } from "../offline/host/moved-folder.ts";
import { removeImages } from "../offline/host/load-package-image.ts";
import { sharePlugins } from "../offline/host/plugins.ts";
import { imagesOf } from "../offline/host/prune.ts";
import { serviceOf, trialOf } from "../offline/host/service.ts";
import { clearTrial } from "../offline/trial.ts";
import { StackRun } from "../runner/stack-run.ts";
import { exitStatus } from "../support/exit-status.ts";
import { Failure } from "../support/failure.ts";
import { main } from "../support/main.ts";
import { projectFolder } from "../support/project-folder.ts";
import { readOptions } from "../support/options.ts";

await main(async () => {
  const options = {
    data: { type: "string", default: "/var/lib/gemma" },
    // Asked for by the scripts of earlier packages, which leave it to this command; it would know nothing of marks.
    purge: { type: "boolean", default: false },
  } as const;
  const { values } = readOptions({ options }, "deploy.sh --uninstall [--purge] [--data DIR]");
  const data = new DataFolder(values.data);
  if (values.purge)
    throw new Failure(
      `This deploy.sh is of an earlier version than the one in ${data.path}: start ${data.path}/current/deploy.sh --uninstall --purge; nothing was changed`,
      exitStatus.refused,
    );
  const versions = await data.versions();
  // One that never passed its gate is not the current one, and may have left something behind.
  const version = (await data.current()) ?? versions.find(isThis) ?? versions.at(-1);
  await sharePlugins(data);
  await adoptMoved(data);
  if (version !== undefined) {
    await clearTrial(trialOf(version, data));
    await StackRun.takeDown(serviceOf(version, data));
  }
  const staying = await removeImages([...new Set(versions.flatMap(imagesOf))], data.owner);
  await forgetLayersOf(data.owner);
  await data.deselect();
  const except = staying.length === 0 ? "" : `, but for ${staying.join(", ")}`;
  process.stdout.write(`Containers, networks and images are removed${except}.\n`);
});

/** Whether it is the version whose program this is, which the script has found to be whole. */
function isThis({ folder }: InstalledVersion): boolean {
  return join(realpathSync(folder), "program", sep) === join(realpathSync(projectFolder), sep);
}
