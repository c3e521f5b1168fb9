import type { Figures } from "./figures.ts";
import type { RequestEntry } from "./request-entry.ts";

/** Milliseconds for which what came of a request may wait to be written down together with others. */
const pause = 50;

/** Writes down what came of requests, some of them at a time: no answer's first byte waits for that of others. */
export class EndedRequests {
  readonly #log: (line: string) => void;
  readonly #figures: Figures;
  #waiting: { readonly entry: RequestEntry; readonly status: number; readonly at: Date }[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `log` takes some lines at once. */
  constructor(log: (lines: string) => void, figures: Figures) {
    this.#log = log;
    this.#figures = figures;
  }

  /** A request has ended, with the status that its client saw. */
  add(entry: RequestEntry, status: number): void {
    this.#waiting.push({ entry, status, at: new Date() });
    this.#timer ??= setTimeout(() => {
      this.write();
    }, pause);
  }

  /** Writes down what waits. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ended = this.#waiting;
    this.#waiting = [];
    if (ended.length === 0) return;
    this.#log(ended.map(({ entry, status, at }) => entry.line(status, at)).join("\n"));
    for (const { entry, status } of ended) this.#figures.end(entry, status);
  }
}
