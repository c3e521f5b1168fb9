import { randomBytes } from "node:crypto";

/** A name for something in the engine, which nothing has that an earlier run left when it was killed. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(4).toString("hex")}`;
}
