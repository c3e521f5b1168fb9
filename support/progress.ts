import { formatBytes, formatSeconds } from "./units.ts";

/** How often a line is written where there is no terminal, milliseconds. */
const lineInterval = 5_000;
const barInterval = 200;
const barWidth = 30;

const clearLine = "\r\u001b[K";
let barIsShown = false;

/** Writes a line that is not an answer, so that it never mixes with one. */
export function say(line: string): void {
  clearBar();
  process.stderr.write(`${line}\n`);
}

function clearBar(): void {
  if (barIsShown) process.stderr.write(clearLine);
  barIsShown = false;
}

/** Shows how many of a known number of bytes are done: a bar on a terminal, elsewhere a line now and then. */
export class Progress implements Disposable {
  readonly #label: string;
  readonly #total: number;
  readonly #started = performance.now();
  readonly #terminal = process.stderr.isTTY;
  #done = 0;
  #before = 0;
  #shown: number;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
    this.#shown = this.#started;
  }

  /** Counts bytes that were done before this run, which say nothing about the rate. */
  skip(bytes: number): void {
    this.#before += bytes;
    this.add(bytes);
  }

  /** Counts bytes done now. */
  add(bytes: number): void {
    this.set(this.#done + bytes);
  }

  /** Says how many bytes are done in all. */
  set(bytes: number): void {
    this.#done = bytes;
    const now = performance.now();
    if (now - this.#shown < (this.#terminal ? barInterval : lineInterval)) return;
    this.#shown = now;
    this.#show();
  }

  [Symbol.dispose](): void {
    if (this.#terminal) clearBar();
  }

  #show(): void {
    const seconds = (performance.now() - this.#started) / 1000;
    const rate = (this.#done - this.#before) / seconds;
    const share = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    const left = rate > 0 ? formatSeconds((this.#total - this.#done) / rate) : "unknown time";
    const figures =
      `${formatBytes(this.#done)} of ${formatBytes(this.#total)} (${Math.floor(share * 100)} %), ` +
      `${formatBytes(rate)}/s, ${left} left`;
    if (!this.#terminal) {
      say(`${this.#label}: ${figures}`);
      return;
    }
    const bar = "=".repeat(Math.round(share * barWidth)).padEnd(barWidth);
    process.stderr.write(`${clearLine}${this.#label} [${bar}] ${figures}`);
    barIsShown = true;
  }
}

/** Says every few seconds what is being waited for, when that has no known length. */
export class Waiting implements Disposable {
  #what: string | undefined;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(what?: string) {
    this.#what = what;
    this.#timer = setInterval(() => {
      if (this.#what === undefined) return;
      say(`${this.#what}: ${formatSeconds((performance.now() - this.#started) / 1000)} so far`);
    }, lineInterval);
  }

  /** Changes what is being waited for; undefined while something else shows the progress. */
  for(what: string | undefined): void {
    this.#what = what;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Waits for some work and says every few seconds that it is still going on. */
export async function withHeartbeat<Result>(what: string, work: Promise<Result>): Promise<Result> {
  using _waiting = new Waiting(what);
  return await work;
}
