import type { StdioOptions } from "node:child_process";

type Stream = "ignore" | "inherit" | "pipe";

/**
 * Streams of a child process, and the descriptor of the lock that GEMMA_LOCK_FD names, where there is one.
 *
 * Node closes what it was handed for its own children; with this a lock is held until the last process has ended.
 */
export function withLock(input: Stream, output: Stream, errors: Stream): StdioOptions {
  const lock = Number(process.env["GEMMA_LOCK_FD"] ?? NaN);
  const between = Array.from({ length: Math.max(0, lock - 3) || 0 }, () => "ignore" as const);
  return [input, output, errors, ...(lock > 2 ? [...between, lock] : [])];
}
