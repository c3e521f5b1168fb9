/** What comes within so many milliseconds was written at once, as the events are that begin and end a stream. */
const atOnce = 1;

/** Tells the time between the pieces of a streamed answer: Ollama writes each token as it has it. */
export class TokenGaps {
  readonly #tell: (seconds: number) => void;
  #last: number | undefined;

  constructor(tell: (seconds: number) => void) {
    this.#tell = tell;
  }

  /** A piece is here, at a moment in milliseconds. */
  piece(now: number = performance.now()): void {
    const gap = now - (this.#last ?? now);
    this.#last = now;
    if (gap >= atOnce) this.#tell(gap / 1000);
  }
}
