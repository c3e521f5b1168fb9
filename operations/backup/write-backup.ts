import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { renameDurably, syncDisk } from "../../support/durable.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure, reasonOf } from "../../support/failure.ts";
import { manifestName, type BackupManifest } from "./backup-manifest.ts";
import type { BackupFiles } from "./stack-source.ts";

/** What is written into every backup, for whoever finds it. */
const warning =
  "This folder holds the passphrase beside what it encrypts: whoever has it has the tokens. Keep it as you keep keys.";

/** What a backup is of. */
export interface BackupOf {
  readonly stack: string;
  readonly versions: BackupManifest["versions"];
  readonly now: Date;
}

/**
 * Writes a backup as a new folder below `out`, which has its name only once all of it is safely on the disk.
 * @returns the folder
 * @throws Failure when it cannot be written; nothing of it is left then
 */
export async function writeBackup(
  files: BackupFiles,
  { stack, versions, now }: BackupOf,
  out: string,
): Promise<string> {
  const folder = join(
    out,
    `${stack}-${now
      .toISOString()
      .replace(/\.\d+Z$/, "Z")
      .replaceAll(":", "-")}`,
  );
  const partial = `${folder}.partial`;
  const manifest: BackupManifest = {
    format: 1,
    made: now.toISOString(),
    host: hostname(),
    stack,
    versions,
    warning,
    files: Object.fromEntries([...files].map(([path, content]) => [path, figuresOf(content)])),
  };
  try {
    await mkdir(out, { recursive: true, mode: 0o700 });
    await mkdir(partial, { mode: 0o700 });
    for (const [path, content] of files) {
      await mkdir(dirname(join(partial, path)), { recursive: true, mode: 0o700 });
      await writeFile(join(partial, path), content, { mode: 0o600 });
    }
    await writeFile(join(partial, manifestName), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    await syncDisk(partial);
    await renameDurably(partial, folder);
  } catch (error) {
    const others = (error as NodeJS.ErrnoException).code === "EEXIST";
    if (!others) await rm(partial, { recursive: true, force: true });
    throw new Failure(
      `The backup cannot be written to ${out}: ${reasonOf(error)}; ${others ? `remove ${partial}, or try again in a second` : "name another folder with --out"}`,
      exitStatus.refused,
    );
  }
  return folder;
}

/** Size and sha256 of a file's content. */
export function figuresOf(content: Buffer): BackupManifest["files"][string] {
  return { size: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}
