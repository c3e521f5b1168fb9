import { pipeline } from "node:stream/promises";
import { tar } from "../docker/tar.ts";
import type { EdgeFiles } from "../edge/configuration.ts";
import { configurationFiles, edgeFolder, pathOf } from "../edge/layout.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { sha256 } from "../support/hashing.ts";
import { defineTool, docker, spawnDocker } from "./docker.ts";

/** User and group ID of the edge. */
export const edgeUser = 10_002;

/**
 * Unpacks files and gives each its place at once, and keeps what was there before in a folder.
 *
 * Keys and hashes are for the edge's own user alone.
 */
const unpack = [
  defineTool,
  'cd "$0" && umask 077 && tool rm -rf next last && tool mkdir next last && tool tar -x -o -f - -C next || exit 1',
  'for file in next/*; do name=${file#next/}; if [ -e "$name" ]; then tool cp -p "$name" last/; fi; done',
  "tool mv next/* . && tool rmdir next",
].join("\n");

const goBack = `${defineTool}; cd "$0" && tool cp -p last/* .`;

/** What a container without a place of its own may: the edge's files, and nothing else. */
const confined = ["--user", `${edgeUser}:${edgeUser}`, "--cap-drop", "ALL", "--network", "none"];

/** Brings the edge's files into its volume, before there is a container. */
export async function prepareFiles(image: string, volume: string, files: EdgeFiles): Promise<void> {
  const run = ["run", "--rm", "-i", ...confined, "-v", `${volume}:${edgeFolder}`, "--entrypoint", "sh", image];
  await send([...run, "-c", unpack, edgeFolder], files);
}

/**
 * Shows that an image has a HAProxy that takes the files of a volume.
 * @throws Failure with what it says of them
 */
export async function checkFiles(image: string, volume: string): Promise<void> {
  const files = configurationFiles.flatMap((file) => ["-f", pathOf(file)]);
  const check = ["--entrypoint", "haproxy", image, "-c", ...files];
  try {
    await docker("run", "--rm", "--pull", "never", ...confined, "-v", `${volume}:${edgeFolder}:ro`, ...check);
  } catch (error) {
    const [line = ""] = reasonOf(error).split("\n");
    throw new Failure(
      `The image ${image} cannot run the gateway: ${line}; set gateway.image to one of HAProxy 3.2 or later, with Lua`,
    );
  }
}

/** Brings files into the container of a running edge. */
export async function writeFiles(container: string, files: EdgeFiles): Promise<void> {
  if (Object.keys(files).length > 0) await send(["exec", "-i", container, "sh", "-c", unpack, edgeFolder], files);
}

/** Brings back what the last {@link writeFiles} has replaced. */
export async function restoreFiles(container: string): Promise<void> {
  await docker("exec", container, "sh", "-c", goBack, edgeFolder);
}

/** Those of the files that the container's are not equal to. */
export async function changedFiles(container: string, files: EdgeFiles): Promise<EdgeFiles> {
  const list = `${defineTool}; cd "$0" && tool sha256sum *.cfg *.lua *.map *.http *.pem 2>/dev/null || true`;
  const sums = await docker("exec", container, "sh", "-c", list, edgeFolder);
  const present = new Set(sums.split("\n"));
  const changed = Object.entries(files).filter(
    ([name, text]) => !present.has(`${sha256(text).slice("sha256:".length)}  ${name}`),
  );
  return Object.fromEntries(changed);
}

async function send(command: readonly string[], files: EdgeFiles): Promise<void> {
  const { child, exited } = spawnDocker(command);
  child.stdout.resume();
  const entries = Object.entries(files).map(([name, content]) => ({ header: { name, mode: 0o600 }, content }));
  // What went wrong is what docker says.
  await pipeline(tar(entries), child.stdin).catch(() => undefined);
  await exited;
}
