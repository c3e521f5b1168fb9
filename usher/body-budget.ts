/** Memory that was granted; to be given back. */
export interface Grant {
  release(): void;
}

interface Waiting {
  readonly client: string;
  readonly bytes: number;
  readonly grant: (grant: Grant) => void;
}

/**
 * Bounds the memory that the bodies of all requests take at a time.
 *
 * A body gets all it may need at once or waits, so that none waits for another with a part of it. A client gets half of
 * the whole at most, so that bodies which come slowly stand in the way of their own client's alone.
 */
export class BodyBudget {
  /** Bytes that are granted. */
  held = 0;
  readonly #ofClient = new Map<string, number>();
  #waiting: Waiting[] = [];
  #total: number;

  constructor(total: number) {
    this.#total = total;
  }

  /** Changes the whole; what is granted stays so. */
  resize(total: number): void {
    this.#total = total;
    this.#grantWaiting();
  }

  /** Waits for memory, in the order of asking among what fits. */
  async take(client: string, bytes: number, signal: AbortSignal): Promise<Grant> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const waiting = { client, bytes, grant: resolve };
      this.#waiting.push(waiting);
      signal.addEventListener("abort", () => {
        const before = this.#waiting.length;
        this.#waiting = this.#waiting.filter((one) => one !== waiting);
        if (this.#waiting.length < before) reject(signal.reason as Error);
      });
      this.#grantWaiting();
    });
  }

  #grantWaiting(): void {
    // Who waits at the front is not overtaken by others than those whom it does not concern.
    const blocked = new Set<string>();
    let full = false;
    this.#waiting = this.#waiting.filter(({ client, bytes, grant }) => {
      if (full || blocked.has(client)) return true;
      const ofClient = this.#ofClient.get(client) ?? 0;
      // Alone, everything fits: a limit that was lowered must not keep what was let in before.
      if (ofClient > 0 && ofClient + bytes > this.#total / 2) {
        blocked.add(client);
        return true;
      }
      if (this.held > 0 && this.held + bytes > this.#total) {
        full = true;
        return true;
      }
      this.#add(client, bytes);
      grant(this.#grantOf(client, bytes));
      return false;
    });
  }

  #grantOf(client: string, bytes: number): Grant {
    let released = false;
    return {
      release: () => {
        if (released) return;
        released = true;
        this.#add(client, -bytes);
        this.#grantWaiting();
      },
    };
  }

  #add(client: string, bytes: number): void {
    this.held += bytes;
    const ofClient = (this.#ofClient.get(client) ?? 0) + bytes;
    if (ofClient === 0) this.#ofClient.delete(client);
    else this.#ofClient.set(client, ofClient);
  }
}
