import { gatewayNeed } from "../../config/memory-need.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { MiB, sum } from "../../support/units.ts";

/** Bytes in one GiB. */
export const GiB = 1024 * MiB;

/** Memory that stays with the system, Docker and the page cache: a tenth, and 2 GiB at least. */
export function systemMemory(total: number): number {
  return Math.max(2 * GiB, total / 10);
}

/** What the stack's other containers may take by their limits. */
export function besideServer({ gateway, monitoring }: ResolvedConfig): number {
  const { enabled, grafana, ...others } = monitoring;
  const parts = [...Object.values(others), ...(grafana.enabled ? [grafana] : [])];
  const limits = parts.map((part) => (typeof part === "object" && "memory" in part ? part.memory * MiB : 0));
  return gatewayNeed(gateway).total + (enabled ? sum(limits) : 0);
}
