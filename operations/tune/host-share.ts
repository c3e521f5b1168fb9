import { besideNeed } from "../../config/memory-need.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { MiB } from "../../support/units.ts";

/** Bytes in one GiB. */
export const GiB = 1024 * MiB;

/** Memory that stays with the system, Docker and the page cache: a tenth, and 2 GiB at least. */
export function systemMemory(total: number): number {
  return Math.max(2 * GiB, total / 10);
}

/** What the stack's other containers may take by their limits. */
export function besideServer(config: ResolvedConfig): number {
  return besideNeed(config).total;
}
