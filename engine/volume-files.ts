import { pipeline } from "node:stream/promises";
import { tar } from "../docker/tar.ts";
import { withoutProxies } from "../support/proxy.ts";
import { defineTool, spawnDocker } from "./docker.ts";
import type { VolumePlace } from "./volume.ts";

/** Files by their names; contents may be secret, so they are never arguments. */
export type VolumeFiles = Readonly<Record<string, string>>;

/** Whoever reads a file while it is replaced has the old one or the new one. */
const replace = [
  defineTool,
  "umask 077 && tool rm -rf .next && tool mkdir .next && tool tar -x -o -f - -C .next || exit 1",
  'for file in *; do [ -e ".next/$file" ] || tool rm -rf "$file"; done',
  "tool mv .next/* . && tool rmdir .next",
].join("\n");

/** Has a volume hold some files and no others, for its user alone. */
export async function replaceFiles({ volume, image }: VolumePlace, userId: number, files: VolumeFiles): Promise<void> {
  const confined = ["--user", `${userId}:${userId}`, "--cap-drop", "ALL", "--network", "none", "--read-only"];
  const mount = ["--mount", `type=volume,source=${volume},target=/volume,volume-nocopy`, "--workdir", "/volume"];
  const options = ["--rm", "-i", "--pull", "never", ...withoutProxies, ...confined, ...mount, "--entrypoint", "sh"];
  const { child, exited } = spawnDocker(["run", ...options, image, "-c", replace]);
  child.stdout.resume();
  const entries = Object.entries(files).map(([name, content]) => ({ header: { name, mode: 0o600 }, content }));
  // What went wrong is what docker says.
  await pipeline(tar(entries), child.stdin).catch(() => undefined);
  await exited;
}
