/** Milliseconds for which a line may wait for others. */
const pause = 50;

/** Writes lines some at a time: no answer's first byte waits for what is written of other requests. */
export class LineBatch {
  readonly #write: (lines: string) => void;
  #waiting: string[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `write` gets whole lines, each with its end. */
  constructor(write: (lines: string) => void) {
    this.#write = write;
  }

  /** Takes a line, without its end. */
  add(line: string): void {
    this.#waiting.push(`${line}\n`);
    this.#timer ??= setTimeout(() => {
      this.flush();
    }, pause);
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waiting;
    this.#waiting = [];
    if (lines.length > 0) this.#write(lines.join(""));
  }
}
