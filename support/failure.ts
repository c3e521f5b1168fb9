/** A problem that one sentence explains; commands print it without a stack trace. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** The innermost reason of an error: Node's fetch, for one, hides `ECONNREFUSED` behind "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause !== undefined) return reasonOf(error.cause);
  return error.message || ("code" in error ? String(error.code) : error.name);
}
