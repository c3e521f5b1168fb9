import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { projectFolder } from "../../../support/project-folder.ts";

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a file of commands/ in a folder, with nothing but Node on the PATH.
 * @param environment - everything else that is set
 */
export async function runCommand(
  script: string,
  args: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [join(projectFolder, "commands", script), ...args], {
    cwd: folder,
    env: { PATH: dirname(process.execPath), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  const [code] = (await once(child, "close")) as [number];
  const [stdout = "", stderr = ""] = (await texts).map((chunks) => Buffer.concat(chunks as Buffer[]).toString());
  return { code, stdout, stderr };
}
