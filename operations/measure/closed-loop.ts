import { setTimeout as sleep } from "node:timers/promises";
import type { Sample } from "./load-request.ts";

/** What came of clients that asked for some time. */
export interface Loop {
  readonly samples: readonly Sample[];
  /** When it began and ended, milliseconds by the clock of this process. */
  readonly began: number;
  readonly ended: number;
}

/** How many ask, and for how long. */
export interface LoopPlan {
  readonly clients: number;
  readonly seconds: number;
}

/** How long a client waits after a failure, so that one that comes at once does not come a thousand times; milliseconds. */
const pause = 1000;

/**
 * Has some clients ask, each one request after another, until a time is up; the requests that are under way then are waited
 * for and count as well.
 */
export async function closedLoop(
  { clients, seconds }: LoopPlan,
  ask: () => Promise<Sample>,
  signal: AbortSignal,
): Promise<Loop> {
  const began = performance.now();
  const samples: Sample[] = [];
  const client = async () => {
    do {
      const seen = await ask();
      samples.push(seen);
      if (seen.failure !== undefined) await sleep(pause, undefined, { signal });
    } while (performance.now() - began < seconds * 1000);
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { samples, began, ended: Math.max(...samples.map(({ ended }) => ended)) };
}
