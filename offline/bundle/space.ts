import { statfs } from "node:fs/promises";
import { formatBytes } from "../../support/units.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";

/**
 * Foresees a full disk.
 * @throws Failure when a folder's disk has less than what is needed
 */
export async function requireSpace(folder: string, bytes: number, purpose: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new Failure(
    `The disk of ${folder} is too small for ${purpose}: ${formatBytes(bytes)} are needed and ${formatBytes(free)} are free; ` +
      "nothing was written, free space or name another disk",
    exitStatus.refused,
  );
}
