import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../support/failure.ts";
import { withoutProxies } from "../support/proxy.ts";
import { docker, tryDocker } from "./docker.ts";

/** In a container that can do nothing but speak. */
const options = ["--rm", "--pull", "never", "--network", "none", "--read-only", "--cap-drop", "ALL"];

/** How an image is asked. */
export interface Asking {
  /** A program in place of what the image starts with; what it says as an error is returned, too. */
  readonly program?: string;
  /** Seconds after which the container is removed. */
  readonly limit?: number;
}

/**
 * Runs a command in a container of an image, such as the one for its version, and returns what it printed.
 * @throws Failure with docker's own message, or when the command did not end in time
 */
export async function askImage(
  image: string,
  command: readonly string[],
  { program, limit = 30 }: Asking = {},
): Promise<string> {
  const name = `gemma-ask-${randomUUID()}`;
  // With a terminal both streams are one: some programs tell their version as an error.
  const instead = program === undefined ? [] : ["--tty", "--entrypoint", program];
  const asked = docker("run", "--name", name, ...options, ...withoutProxies, ...instead, image, ...command);
  const waiting = new AbortController();
  const tooLate = sleep(limit * 1000, true, { signal: waiting.signal });
  const ended = asked.then(
    () => false,
    () => false,
  );
  // One that is called off has nobody to tell.
  tooLate.catch(() => undefined);
  try {
    if (!(await Promise.race([ended, tooLate]))) return await asked;
    await removeUntil(name, ended);
    throw new Failure(`it did not end within ${limit} s`);
  } finally {
    waiting.abort();
  }
}

/** Removes a container as often as it takes: it may not be there yet. */
async function removeUntil(name: string, ended: Promise<unknown>): Promise<void> {
  for (let gone = false; !gone;) {
    await tryDocker("rm", "--force", name);
    gone = await Promise.race([ended.then(() => true), sleep(250).then(() => false)]);
  }
}
