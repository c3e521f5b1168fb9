import { setTimeout as sleep } from "node:timers/promises";
import { say, withHeartbeat } from "../support/progress.ts";
import { formatSeconds } from "../support/units.ts";

/** Said where requests would still go to a server that is about to go. */
export const holding = "The gateway holds requests until there is a server again";

/**
 * Waits until a server has nothing more to answer, and says so when that takes longer than it may.
 * @param isQuiet - looks, a quarter of a second after it has looked before
 * @param seconds - how long it may take
 */
export async function finishAnswers(isQuiet: () => Promise<boolean>, seconds: number): Promise<void> {
  const ended = await withHeartbeat("Letting the server finish its answers", untilQuiet(isQuiet, seconds));
  if (!ended) say(`Some answers took longer than gateway.drainTimeout, ${formatSeconds(seconds)}, and are cut now`);
}

async function untilQuiet(isQuiet: () => Promise<boolean>, seconds: number): Promise<boolean> {
  const end = Date.now() + seconds * 1000;
  while (!(await isQuiet())) {
    if (Date.now() > end) return false;
    await sleep(250);
  }
  return true;
}
