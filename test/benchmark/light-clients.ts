import { LightClient, type Destination, type LightRequest } from "./light-client.ts";

/** What some clients saw who asked at the same time. */
export interface Seen {
  /** Time to the first byte of each answer, milliseconds. */
  readonly firstBytes: readonly number[];
  /** Answers of all together in a second. */
  readonly perSecond: number;
}

/** Clients who ask at the same time, each on a connection that it keeps. */
export class LightClients implements Disposable {
  readonly #clients: readonly LightClient[];

  constructor(destinations: readonly Destination[]) {
    this.#clients = destinations.map((to) => new LightClient(to));
  }

  /**
   * Has each ask a number of times, one request after another.
   * @throws Error that says what came of a request that was not answered with 200
   */
  async ask(request: LightRequest, times: number): Promise<Seen> {
    const firstBytes: number[] = [];
    const started = performance.now();
    const one = async (client: LightClient) => {
      for (let time = 0; time < times; time += 1) {
        const { status, firstByte, text } = await client.ask(request);
        if (status !== 200) throw new Error(`a request was answered with ${status}: ${text}`);
        firstBytes.push(firstByte);
      }
    };
    await Promise.all(this.#clients.map(one));
    return { firstBytes, perSecond: (firstBytes.length * 1000) / (performance.now() - started) };
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }
}
