import { exitStatus } from "./exit-status.ts";

/** A problem that one sentence explains; commands print it without a stack trace, and end with its exit status. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly status: number;

  constructor(message: string, status: number = exitStatus.failed) {
    super(message);
    this.status = status;
  }
}

/** Exit status of a command that an error has ended. */
export function statusOf(error: unknown): number {
  return error instanceof Failure ? error.status : exitStatus.failed;
}

/** The innermost reason of an error: Node's fetch, for one, hides `ECONNREFUSED` behind "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause !== undefined) return reasonOf(error.cause);
  return error.message || ("code" in error ? String(error.code) : error.name);
}
