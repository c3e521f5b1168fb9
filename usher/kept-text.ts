/** Longest text that is kept, in bytes; keys that are wanted are much shorter, escapes and all. */
const longest = 4096;

const none = Buffer.alloc(0);
/** Room for a text at first: a small buffer is a part of Node's pool, and costs next to nothing. */
const first = 256;

/** Keeps one short text at a time, of pieces of chunks that are gone later. */
export class KeptText {
  #bytes = none;
  #length = 0;
  #isWanted = false;

  /** Begins another text, or none. */
  begin(isWanted: boolean): void {
    this.#isWanted = isWanted;
    this.#length = 0;
  }

  /** Adds bytes of a chunk, if they are wanted; a text that becomes too long is not wanted any more. */
  add(chunk: Uint8Array, from: number, to: number): void {
    if (!this.#isWanted) return;
    if (this.#length + to - from > longest) {
      this.#isWanted = false;
      return;
    }
    this.#makeRoom(this.#length + to - from);
    this.#bytes.set(chunk.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  #makeRoom(length: number): void {
    if (length <= this.#bytes.length) return;
    const bytes = Buffer.allocUnsafe(Math.max(first, 2 * length));
    this.#bytes.copy(bytes, 0, 0, this.#length);
    this.#bytes = bytes;
  }

  /** The text as it was written, once; undefined when it was not wanted. */
  take(): string | undefined {
    if (!this.#isWanted || this.#length === 0) return undefined;
    this.#isWanted = false;
    return this.#bytes.toString("utf8", 0, this.#length);
  }
}
