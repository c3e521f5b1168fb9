import type { IncomingMessage, ServerResponse } from "node:http";
import { answerError } from "./answer-error.ts";
import { AnswerReader } from "./answer-reader.ts";
import { reshaped } from "./error-shape.ts";
import { answerHeaders } from "./headers.ts";
import { BrokenOff, NotThere } from "./ollama.ts";
import { ClientGone } from "./receive-body.ts";
import { Refusal } from "./refusal.ts";
import { lastWords, relay, textOf } from "./relay.ts";
import type { RequestEntry } from "./request-entry.ts";
import { UsageFilter } from "./stream-usage.ts";
import { TokenGaps } from "./token-gaps.ts";

/** What a client gets for a request, and what is written down of it. */
export class Reply {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #path: string;
  readonly #entry: RequestEntry;
  #reader: AnswerReader | undefined;
  /** The client has all that it will get, although its request or the answer is not whole. */
  #settled = false;

  constructor(request: IncomingMessage, response: ServerResponse, path: string, entry: RequestEntry) {
    this.#request = request;
    this.#response = response;
    this.#path = path;
    this.#entry = entry;
  }

  /** Whether nobody is there any more to get it. */
  get isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed;
  }

  /** Calls a function with the status that the client saw, when all is over; it left early when that is 499. */
  whenOver(then: (status: number) => void): void {
    this.#response.on("close", () => {
      const left = !this.#response.writableFinished && !this.#settled;
      if (left) this.#entry.failure ??= "left";
      this.#entry.end(left);
      then(left ? 499 : this.#response.statusCode);
    });
  }

  /**
   * Passes Ollama's answer on as it comes, but for the counts that the client did not ask for.
   * @param between - told the seconds between the tokens of a stream
   */
  async pass(answer: IncomingMessage, hidesUsage: boolean, between: (seconds: number) => void): Promise<void> {
    const generates = this.#request.method === "POST";
    const reader = (this.#reader = new AnswerReader(generates ? answer.headers["content-type"] : undefined));
    this.#entry.figures = reader.figures;
    const gaps = reader.isStream ? new TokenGaps(between) : undefined;
    await relay(answer, this.#response, {
      reader,
      filter: hidesUsage && reader.form === "events" ? new UsageFilter() : undefined,
      passed: (bytes) => {
        this.#entry.add(bytes);
        gaps?.piece();
      },
      ended: () => {
        const { failed } = reader.end();
        const isEarly = reader.endedEarly;
        if ((failed || isEarly) && this.#response.statusCode < 400) this.#entry.failure ??= "failed";
        return isEarly
          ? lastWords(this.#path, reader, 500, "the model server ended the answer before its end")
          : undefined;
      },
    });
  }

  /** Passes an error of Ollama's on in the shape that the client reads. */
  async passError(answer: IncomingMessage, status: number): Promise<void> {
    const text = await textOf(answer);
    const own = reshaped(this.#path, status, text ?? "");
    const body = own ?? text ?? "";
    const kept = answerHeaders(answer, "content-length", "content-type");
    const type = own === undefined ? (answer.headers["content-type"] ?? "") : "application/json; charset=utf-8";
    const length = Buffer.byteLength(body);
    this.#response.writeHead(status, [...kept, "Content-Type", type, "Content-Length", String(length)]);
    this.#response.end(body);
    this.#entry.add(length);
  }

  /** Ends an answer that takes too long, and says so where that is possible. */
  timeOut(seconds: number): void {
    const message = `the answer took longer than ${seconds} s`;
    this.#entry.failure ??= "timeout";
    const words = this.#reader === undefined ? undefined : lastWords(this.#path, this.#reader, 504, message);
    if (!this.#response.headersSent) this.#refuse(new Refusal(504, message));
    else if (words === undefined) this.#cutOff();
    else {
      this.#entry.add(words.length);
      this.#response.end(words);
    }
  }

  /** Ends in an error. @returns whether it was one that nobody has foreseen */
  fail(error: unknown): boolean {
    if (this.isOver) return false;
    if (error instanceof Refusal) this.#refuse(error);
    else if (error instanceof ClientGone) this.#response.destroy();
    else if (error instanceof NotThere) {
      this.#entry.failure ??= "absent";
      this.#refuse(new Refusal(503, "the model server is not there; try again later", 1));
    } else {
      const isBroken = error instanceof BrokenOff;
      if (isBroken) this.#entry.failure ??= "broken";
      if (this.#response.headersSent) this.#cutOff();
      else if (isBroken) this.#refuse(new Refusal(502, "the model server ended the connection before it answered"));
      else this.#refuse(new Refusal(500, "the usher failed; its log says how"));
      return !isBroken;
    }
    return false;
  }

  #refuse(refusal: Refusal): void {
    this.#entry.add(answerError(this.#request, this.#response, this.#path, refusal));
    // What is left of the request is read yet, and the client may go meanwhile.
    this.#settled = true;
  }

  /** An answer that is not whole must not look as if it were. */
  #cutOff(): void {
    this.#settled = true;
    this.#response.destroy();
  }
}
