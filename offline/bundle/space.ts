import { statfs } from "node:fs/promises";
import { formatBytes } from "../../support/units.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { BundleOptions } from "./bundle-options.ts";
import type { PackagePlan } from "./plan.ts";

/** More than the files of a package were seen to be, beside the parts that it is cut into, with their folders. */
const fileCount = 100;

/**
 * Foresees a disk that fills up, or has no room for more files.
 * @throws Failure when a folder's disk has less than what is still to be written
 */
export async function requireSpace(
  { out, archive, partSize }: Pick<BundleOptions, "out" | "archive" | "partSize">,
  { stayingBytes, missingBytes, leavingBytes }: Omit<PackagePlan, "staying">,
): Promise<void> {
  const { bavail, bsize, files, ffree } = await statfs(out);
  const free = bavail * bsize;
  // The archive is written beside the whole folder.
  const needed = missingBytes + (archive ? stayingBytes + missingBytes : 0);
  const there = stayingBytes === 0 ? "" : ` beside the ${formatBytes(stayingBytes)} that are there and stay`;
  const leaving = leavingBytes === 0 ? "" : `, and ${formatBytes(leavingBytes)} of what the package has no more`;
  const lacking = needed - free - leavingBytes;
  if (lacking > 0)
    throw new Failure(
      `The disk of ${out} is too small for the package: ${formatBytes(needed)} are needed${there}, ` +
        `${formatBytes(free)} are free${leaving}; nothing was changed, free another ${formatBytes(lacking)} or name another disk`,
      exitStatus.refused,
    );
  // FAT and btrfs, which have no number of inodes, tell of none at all.
  const parts = Math.ceil(missingBytes / partSize) + fileCount;
  if (files > 0 && ffree < parts)
    throw new Failure(
      `The disk of ${out} has no room for more files: ${parts} inodes are needed, ${ffree} are free; ` +
        "nothing was changed, remove files that `df -i` counts, or name another disk",
      exitStatus.refused,
    );
}
