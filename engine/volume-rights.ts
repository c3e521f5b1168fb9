import { Failure } from "../support/failure.ts";

/** A shell script that gives all of the current folder to a user and its group. */
export function giveScript(userId: number): string {
  return `tool chown -R ${userId}:${userId} .`;
}

/** A shell script that fails unless all of a model store in the current folder can be read, and written where a server writes. */
export const writeScript = `set -eu
for folder in . blobs manifests manifests/* manifests/*/* manifests/*/*/*; do
  [ -d "$folder" ] || continue
  tool touch "$folder/.write-test"
  tool rm "$folder/.write-test"
done
for blob in blobs/*; do
  [ ! -f "$blob" ] || [ -r "$blob" ] || { echo "$blob: Permission denied" >&2; exit 1; }
done`;

/** Why a server cannot work with a volume. */
export interface Refusal {
  readonly volume: string;
  readonly userId: number;
  /** What the file system said to a change of owner; undefined when it took it. */
  readonly refused: string | undefined;
  /** What the server's user was told. */
  readonly reason: string;
}

/** The first line of what programs printed, which may have one for every file. */
export function firstLine(text: string): string {
  const [first = "", ...more] = new Set(text.split("\n"));
  return more.length === 0 ? first : `${first}, and ${more.length} more of the kind`;
}

/** What to tell a person of a volume in which the server's user cannot write. */
export function unusable({ volume, userId, refused, reason }: Refusal): Failure {
  const what = firstLine(reason);
  if (reason.includes("cannot mount")) return new Failure(reason);
  if (/read-only file system/i.test(reason))
    return new Failure(
      `The volume ${volume} is read-only (${what}): make it anew without \`ro\` among its options, or set volume.name to another`,
    );
  if (/no space left|quota exceeded/i.test(reason))
    return new Failure(`The disk of the volume ${volume} is full (${what}): free space, and run \`pulumi up\` again`);
  if (refused === undefined)
    return new Failure(`The user ${userId} cannot use the volume ${volume}, although it is its own: ${what}`);
  return new Failure(
    `The user ${userId} cannot use the volume ${volume} (${what}), and its file system refuses another owner (${firstLine(refused)}). ` +
      `Give the user the right where the disk is: with \`uid=${userId},gid=${userId}\` among the options of a CIFS or vfat mount, ` +
      `with \`chown -R ${userId}:${userId}\` on the server of an NFS export; or set volume.name to another`,
  );
}
