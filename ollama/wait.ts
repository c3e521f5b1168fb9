import { setTimeout as sleep } from "node:timers/promises";
import type { OllamaClient } from "./client.ts";
import { Failure, reasonOf } from "../support/failure.ts";

/** How long a server that was just started may take to answer, seconds. */
export const startupSeconds = 60;

const pollInterval = 250;

/**
 * Waits until the server answers.
 * @param ended - why it will never answer, where that is known by now
 * @returns its version
 * @throws Failure with the last reason when it has not answered in time
 */
export async function waitForServer(
  client: OllamaClient,
  seconds: number,
  ended: () => Promise<string | undefined> = () => Promise.resolve(undefined),
): Promise<string> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    try {
      return await client.version(AbortSignal.timeout(Math.max(1, Math.ceil(end - performance.now()))));
    } catch (error) {
      const why = await ended();
      if (why !== undefined) throw new Failure(`The server at ${client.url} does not answer: ${why}`);
      if (performance.now() + pollInterval > end) {
        throw new Failure(`The server at ${client.url} did not answer in ${seconds} s: ${reasonOf(error)}`);
      }
      await sleep(pollInterval);
    }
  }
}
