import type { Problem } from "./problems.ts";
import type { StackConfig } from "./schema.ts";

/** A rule between keys; sees only the keys that are valid on their own. */
export type Rule = (config: Partial<StackConfig>) => Problem | undefined;

/** Whether an address is reached from its own host alone. */
export function loopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
