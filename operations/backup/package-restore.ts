import { join } from "node:path";
import type { DataFolder, InstalledVersion } from "../../offline/host/data-folder.ts";
import type { ReadManifest } from "../../offline/package/manifest.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import { shortDigest } from "../../support/hashing.ts";
import { say } from "../../support/progress.ts";
import { requirePlace, type RestorePlace } from "./lay-backup.ts";
import { layConfiguration } from "./lay-configuration.ts";
import { readBackup, type Backup } from "./read-backup.ts";

/** Where a data folder has its state and passphrase. */
export function placeIn({ path }: DataFolder): RestorePlace {
  return { state: join(path, "state"), passphrase: join(path, "passphrase") };
}

/**
 * Reads a backup that a package is to be deployed on.
 * @throws Failure when it is damaged, of another stack, or another state is there
 */
export async function restorable(folder: string, manifest: ReadManifest, data: DataFolder): Promise<Backup> {
  const backup = await readBackup(folder);
  if (backup.manifest.stack !== manifest.stack)
    throw new Failure(
      `The backup ${folder} is of the stack ${backup.manifest.stack}, and this package is for ${manifest.stack}; nothing was changed`,
      exitStatus.refused,
    );
  await requirePlace(backup, placeIn(data));
  return backup;
}

/** Gives a version the configuration that it had when the backup was made; another version keeps that of its package. */
export async function layVersionConfiguration(backup: Backup, { folder, manifest }: InstalledVersion): Promise<void> {
  const { versions, stack } = backup.manifest;
  const saved = versions.package;
  if (saved === manifest.digest) {
    const changed = await layConfiguration(backup, join(folder, "program", `Pulumi.${stack}.yaml`));
    if (changed !== undefined) say(changed);
    return;
  }
  const which = saved === null ? "no package" : `version ${shortDigest(saved)}`;
  say(
    `The backup is of ${which}, and this package is version ${shortDigest(manifest.digest)}: it keeps the configuration that it brings; ` +
      `that of the backup is in ${join(backup.folder, "configuration")}`,
  );
}
