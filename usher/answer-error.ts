import type { IncomingMessage, ServerResponse } from "node:http";
import { errorBody } from "./error-shape.ts";
import type { Refusal } from "./refusal.ts";

/** For how long the rest of a request is read that was answered before it was there, milliseconds. */
const drainLimit = 5_000;
/** The same where the client may not send it at all, as it was not told to go on. */
const expectingDrainLimit = 1_000;

/**
 * Answers a request with an error, in the shape for its path, and returns the number of bytes.
 *
 * The answer goes out at once, but ends only when the request has: a connection that is closed with bytes unread is reset,
 * and the answer is lost with it.
 */
export function answerError(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  refusal: Refusal,
): number {
  const { status, message, retryAfter } = refusal;
  const body = errorBody(path, status, message);
  const length = Buffer.byteLength(body);
  const begin = () =>
    response.writeHead(status, {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": length,
      ...(retryAfter === undefined ? {} : { "Retry-After": String(retryAfter) }),
    });
  if (request.complete) begin().end(body);
  else {
    request.on("error", ignore).resume();
    // Of a small body the rest is here already, and is read in this turn.
    setImmediate(() => {
      if (response.destroyed) return;
      if (request.complete) {
        begin().end(body);
        return;
      }
      // Whoever is cut off in the end must not send another request behind this one.
      response.shouldKeepAlive = false;
      begin().write(body);
      readOn(request, () => response.end());
    });
  }
  return request.method === "HEAD" ? 0 : length;
}

/** Reads what is left of a request, for a while, before `then`. */
function readOn(request: IncomingMessage, then: () => void): void {
  const limit = request.headers.expect === undefined ? drainLimit : expectingDrainLimit;
  const timer = setTimeout(done, limit);
  function done(): void {
    clearTimeout(timer);
    request.off("end", done).off("close", done);
    then();
  }
  request.on("end", done).on("close", done);
}

function ignore(): void {
  // The connection is gone; that ends the reading too.
}
