import type { Problem } from "./problems.ts";
import type { StackConfig } from "./schema.ts";

/** A rule between keys; sees only the keys that are valid on their own. */
export type Rule = (config: Partial<StackConfig>) => Problem | undefined;

/** Whether an image is always the same one: by its digest, or by the ID of a loaded one. */
export function pinned(image: string): boolean {
  return image.includes("sha256:");
}

/** What makes an image {@link pinned}. */
export const pinAdvice = "add its @sha256:… digest, or write the sha256:… ID of a loaded image";

/** Whether an address is reached from its own host alone. */
export function loopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
