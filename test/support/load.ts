import { setTimeout as sleep } from "node:timers/promises";
import { model } from "./fixtures.ts";

/** One request of a client under load. */
export interface Streamed {
  /** Why it failed or was cut; undefined when all of it came. */
  readonly failure: string | undefined;
  /** Milliseconds until the first byte of the answer. */
  readonly firstByte: number;
  /** Milliseconds until the last one. */
  readonly total: number;
  readonly tokens: number;
}

/** Where to ask, and with which token. */
export interface Target {
  readonly url: string;
  readonly token?: string | undefined;
}

/** Has the model answer a prompt as a stream. */
export async function stream({ url, token }: Target, tokens = 20): Promise<Streamed> {
  const started = performance.now();
  let firstByte = NaN;
  let text = "";
  const failure = await request().then(
    (status) => (status === 200 && text.includes('"done":true') ? undefined : `${status} ${text.slice(-200)}`),
    (error: unknown) => String((error as Error).cause ?? error),
  );
  const count = Number(/"eval_count":(\d+)/.exec(text)?.[1] ?? 0);
  return { failure, firstByte, total: performance.now() - started, tokens: count };

  async function request(): Promise<number> {
    const answer = await fetch(`${url}/api/generate`, {
      method: "POST",
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
      body: JSON.stringify({
        model,
        prompt: "The capital of France is",
        options: { temperature: 0, num_predict: tokens },
      }),
    });
    for await (const chunk of answer.body ?? []) {
      if (Number.isNaN(firstByte)) firstByte = performance.now() - started;
      text += Buffer.from(chunk as Uint8Array).toString();
    }
    return answer.status;
  }
}

/** Clients that ask one request after another until they are told to stop. */
export class Load<Result> {
  readonly results: Result[] = [];
  readonly #clients: Promise<void>[];
  readonly #pause: number;
  #stopped = false;

  /**
   * @param ask - sends one request of a client
   * @param pause - between two requests of a client, milliseconds
   */
  constructor(clients: number, ask: (client: number) => Promise<Result>, pause = 0) {
    this.#pause = pause;
    this.#clients = Array.from({ length: clients }, (_, client) => this.#run(() => ask(client)));
  }

  async #run(ask: () => Promise<Result>): Promise<void> {
    while (!this.#stopped) {
      this.results.push(await ask());
      if (this.#pause > 0) await sleep(this.#pause);
    }
  }

  /** Waits until as many more requests as there are clients have been answered. */
  async round(): Promise<void> {
    const enough = this.results.length + this.#clients.length;
    while (this.results.length < enough) await sleep(100);
  }

  /** Lets the clients finish what they are at, and returns all that they saw. */
  async stop(): Promise<readonly Result[]> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    return this.results;
  }
}

/** What failed of some requests. */
export function failures(results: readonly Streamed[]): string[] {
  return results.flatMap(({ failure }) => failure ?? []);
}

/** The longest wait for a first byte, milliseconds. */
export function longestWait(results: readonly Streamed[]): number {
  return Math.max(...results.map(({ firstByte }) => firstByte));
}
