import type { StdioOptions } from "node:child_process";

/**
 * Streams of a child process that shares this one's, and the descriptor of the lock that GEMMA_LOCK_FD names, where there is one.
 *
 * Node closes what it was handed for its own children; with this a lock is held until the child has ended as well.
 */
export function withLock(): StdioOptions {
  const lock = Number(process.env["GEMMA_LOCK_FD"] ?? NaN);
  const between = Array.from({ length: Math.max(0, lock - 3) || 0 }, () => "ignore" as const);
  return ["inherit", "inherit", "inherit", ...(lock > 2 ? [...between, lock] : [])];
}
