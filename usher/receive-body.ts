import type { IncomingMessage } from "node:http";
import type { BodyBudget, Grant } from "./body-budget.ts";
import type { ObjectFound } from "./json-found.ts";
import { NotJson } from "./not-json.ts";
import { Refusal } from "./refusal.ts";

/** Reads a body as it comes, and finds what is wanted of it. */
export interface BodyScan {
  write(chunk: Uint8Array): void;
  end(): ObjectFound;
}

/** A body that is there as a whole. */
export interface Body {
  readonly chunks: readonly Buffer[];
  readonly found: ObjectFound;
}

/** What a body may be, and what it may take. */
export interface BodyLimits {
  readonly client: string;
  readonly maxBody: number;
  /** Seconds in which it has to be there. */
  readonly readTimeout: number;
  readonly budget: BodyBudget;
}

/** Bytes that every body may take without asking: so much lies in the buffers of each connection anyway. */
export const freeBytes = 256 * 1024;

/** Bytes after which a body lets others have their turn after each of its pieces. */
const turnBytes = 256 * 1024;

/** The client has left. */
export class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** Receives a body, and gives its memory back when it is disposed of. */
export class BodyReceiver implements Disposable {
  readonly #request: IncomingMessage;
  readonly #limits: BodyLimits;
  readonly #scan: BodyScan;
  readonly #chunks: Buffer[] = [];
  readonly #stop = new AbortController();
  #length = 0;
  #grant: Grant | undefined;
  #granting = false;
  #ended = false;

  constructor(request: IncomingMessage, limits: BodyLimits, scan: BodyScan) {
    this.#scan = scan;
    this.#request = request;
    this.#limits = limits;
  }

  /**
   * Waits until the body is there; `start` is called as soon as it may come.
   *
   * It listens to events, as a loop over the request that ends early would take the connection along.
   * @throws Refusal or ClientGone
   */
  async receive(start: () => void): Promise<Body> {
    const { maxBody, readTimeout } = this.#limits;
    const declared = declaredLength(this.#request);
    if (declared !== undefined && declared > maxBody) throw tooLarge(maxBody);
    const timer = setTimeout(() => {
      this.#stop.abort(
        this.#granting
          ? new Refusal(503, "too many large requests at once; try again later", 5)
          : new Refusal(408, `the body did not arrive within ${readTimeout} s`),
      );
    }, readTimeout * 1000);
    try {
      if (declared !== undefined && declared > freeBytes) await this.#take(declared);
      start();
      return { found: await this.#all(), chunks: this.#chunks };
    } finally {
      clearTimeout(timer);
      this.#ended = true;
    }
  }

  [Symbol.dispose](): void {
    this.#chunks.length = 0;
    this.#grant?.release();
  }

  #all(): Promise<ObjectFound> {
    const request = this.#request;
    return new Promise((resolve, reject) => {
      const { signal } = this.#stop;
      const settle = (outcome: () => void) => {
        request.off("data", onData).off("end", onEnd).off("close", onClose).off("error", onClose);
        signal.removeEventListener("abort", onStop);
        outcome();
      };
      const fail = (error: unknown) => {
        settle(() => {
          reject(refusalOf(error));
        });
      };
      const onStop = () => {
        fail(signal.reason);
      };
      const onClose = () => {
        fail(new ClientGone());
      };
      const onData = (chunk: Buffer) => {
        try {
          this.#add(chunk);
        } catch (error) {
          fail(error);
        }
      };
      const onEnd = () => {
        try {
          const found = this.#scan.end();
          settle(() => {
            resolve(found);
          });
        } catch (error) {
          fail(error);
        }
      };
      if (signal.aborted) onStop();
      else if (request.destroyed && !request.readableEnded) onClose();
      else {
        signal.addEventListener("abort", onStop);
        request.on("data", onData).on("end", onEnd).on("close", onClose).on("error", onClose);
      }
    });
  }

  #add(chunk: Buffer): void {
    const { maxBody } = this.#limits;
    this.#length += chunk.length;
    if (this.#length > maxBody) throw tooLarge(maxBody);
    this.#scan.write(chunk);
    this.#chunks.push(chunk);
    if (this.#length > freeBytes && this.#grant === undefined) this.#takeWhileReading();
    else if (this.#length > turnBytes) this.#takeTurns();
  }

  /** Without a length there may be as much as is allowed. */
  #takeWhileReading(): void {
    if (this.#granting) return;
    this.#request.pause();
    void this.#take(this.#limits.maxBody).then(
      () => this.#request.resume(),
      () => undefined,
    );
  }

  #takeTurns(): void {
    this.#request.pause();
    setImmediate(() => {
      if (!this.#ended && !this.#granting) this.#request.resume();
    });
  }

  async #take(bytes: number): Promise<void> {
    const { budget, client } = this.#limits;
    this.#granting = true;
    this.#grant = await budget.take(client, bytes, this.#stop.signal);
    this.#granting = false;
    if (this.#ended) this.#grant.release();
  }
}

function declaredLength({ headers }: IncomingMessage): number | undefined {
  const length = headers["content-length"];
  return length === undefined ? undefined : Number(length);
}

function tooLarge(maxBody: number): Refusal {
  return new Refusal(413, `the body has more than ${maxBody} bytes, which is the most that is taken`);
}

function refusalOf(error: unknown): Error {
  if (error instanceof NotJson) return new Refusal(400, `the body ${error.message}`);
  return error as Error;
}
