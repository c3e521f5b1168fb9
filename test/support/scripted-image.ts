import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { haproxyImage, removeContainer } from "./fixtures.ts";
import { docker } from "./shell.ts";

/** Has the engine have an image with a shell's script at a path, in place of one that cannot be had here. */
export async function makeScriptedImage(image: string, path: string, script: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "gemma-test-"));
  const container = await docker("create", haproxyImage);
  try {
    const file = join(folder, "script");
    await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await docker("cp", file, `${container}:${path}`);
    await docker("commit", container, image);
  } finally {
    await removeContainer(container);
    await rm(folder, { recursive: true });
  }
}
