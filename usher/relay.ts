import type { IncomingMessage, ServerResponse } from "node:http";
import type { AnswerReader } from "./answer-reader.ts";
import { errorBody } from "./error-shape.ts";
import { answerHeaders } from "./headers.ts";
import { BrokenOff } from "./ollama.ts";
import type { UsageFilter } from "./stream-usage.ts";

const nothing = Buffer.alloc(0);

/** Whom a relay tells what passes by. */
export interface RelayWatch {
  readonly reader: AnswerReader;
  /** Takes out of the answer what its client did not ask for. */
  readonly filter: UsageFilter | undefined;
  /** So many bytes of the answer are on their way. */
  readonly passed: (bytes: number) => void;
  /** All of it is there: what is known of it then is known before its client has it, and may be added to it. */
  readonly ended: () => string | undefined;
}

/**
 * Passes an answer on as it comes: nothing is kept, and no faster than the client takes it.
 * @throws BrokenOff when it ends before it should; what went out cannot be taken back
 */
export function relay(answer: IncomingMessage, response: ServerResponse, watch: RelayWatch): Promise<void> {
  // To a stream something may be added, or taken from it.
  const { isStream } = watch.reader;
  response.writeHead(answer.statusCode ?? 502, answerHeaders(answer, ...(isStream ? ["content-length"] : [])));
  // Together with the first bytes, if these are there already.
  const flush = setImmediate(() => {
    if (!response.destroyed) response.flushHeaders();
  });
  const pass = (bytes: Buffer) => {
    if (bytes.length === 0) return;
    watch.passed(bytes.length);
    if (!response.write(bytes)) answer.pause();
  };
  return new Promise((resolve, reject) => {
    answer.on("data", (chunk: Buffer) => {
      if (response.destroyed) return;
      pass(watch.filter?.write(chunk) ?? chunk);
      watch.reader.write(chunk);
    });
    response.on("drain", () => answer.resume());
    answer.on("error", () => undefined);
    answer.on("end", () => {
      clearImmediate(flush);
      pass(watch.filter?.end() ?? nothing);
      const words = watch.ended();
      if (words !== undefined) pass(Buffer.from(words));
      response.end();
      resolve();
    });
    answer.on("close", () => {
      clearImmediate(flush);
      if (!answer.complete) reject(new BrokenOff("the answer was cut off"));
    });
  });
}

/** What is added to an answer that is ended before it is whole, so that its client knows; undefined where nothing can be. */
export function lastWords(path: string, reader: AnswerReader, status: number, message: string): string | undefined {
  if (!reader.betweenLines) return undefined;
  const error = errorBody(path, status, message);
  if (reader.form === "lines") return `${error}\n`;
  if (reader.form !== "events") return undefined;
  return `\n${path === "/v1/messages" ? "event: error\n" : ""}data: ${error}\n\n`;
}

/** Most bytes of an error that is put into another shape. */
const errorLimit = 64 * 1024;

/** All of an answer, undefined when it is longer than errors are; it is read to its end either way. */
export function textOf(answer: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    answer.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= errorLimit) chunks.push(chunk);
    });
    answer.on("error", () => undefined);
    answer.on("close", () => {
      if (!answer.complete) reject(new BrokenOff("the answer was cut off"));
      else resolve(length <= errorLimit ? Buffer.concat(chunks).toString() : undefined);
    });
  });
}
