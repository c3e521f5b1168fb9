import { setTimeout as sleep } from "node:timers/promises";
import { atMost, figureLine } from "./figure.ts";
import type { Chain } from "./gateway-chain.ts";
import { LightClient } from "./light-client.ts";
import { LightClients } from "./light-clients.ts";
import type { ModelServer } from "./model-servers.ts";
import { median, quantile } from "./pairs.ts";

const hogs = 200;
const wrongPerSecond = 1000;

/** A client who asks for one thing after another beside one who asks for 200 at once, on a server with four slots. */
export async function measureHog(
  chain: Chain,
  server: ModelServer,
  [hog = "", good = ""]: readonly string[],
): Promise<string[]> {
  const request = { path: "/api/generate", body: server.body };
  using client = new LightClients([chain.through(good)]);
  using crowd = new LightClients(Array.from({ length: hogs }, () => chain.through(hog)));
  await client.ask(request, 5);
  const alone = median((await client.ask(request, 20)).firstBytes);
  const slot = (await timed(() => client.ask(request, 10))) / 10;
  const filled = crowd.ask(request, 2);
  await sleep(500);
  const { firstBytes } = await client.ask(request, 30);
  await filled;
  const beside = median(firstBytes);
  return [
    figureLine(
      `beside a client with ${hogs} requests at once, 4 slots: ${beside.toFixed(0)} ms to the first byte, ` +
        `${quantile(firstBytes, 0.99).toFixed(0)} ms at p99; alone ${alone.toFixed(0)} ms, a slot's time ${slot.toFixed(0)} ms`,
      atMost(beside, Math.round(3 * alone + slot)),
    ),
  ];
}

/** A client who asks beside one whose 1,000 tokens in a second are all wrong. */
export async function measureWrongTokens(
  chain: Chain,
  server: ModelServer,
  [good = ""]: readonly string[],
): Promise<string[]> {
  const request = { path: "/api/generate", body: server.body };
  using client = new LightClients([chain.through(good)]);
  await client.ask(request, 5);
  const alone = await client.ask(request, 30);
  using flood = new Flood(chain);
  await sleep(1000);
  const sent = flood.answered;
  const cpu = chain.edge.cpuSeconds();
  let beside = alone;
  const seconds = (await timed(async () => (beside = await client.ask(request, 30)))) / 1000;
  const rate = (flood.answered - sent) / seconds;
  const more = median(beside.firstBytes) - median(alone.firstBytes);
  return [
    figureLine(
      `beside ${rate.toFixed(0)} wrong tokens in a second: ${more.toFixed(2)} ms more to the first byte, ` +
        `${((beside.perSecond / alone.perSecond) * 100).toFixed(1)} % of the throughput; ` +
        `the edge took ${((chain.edge.cpuSeconds() - cpu) / seconds).toFixed(3)} CPUs`,
    ),
  ];
}

/** Clients who send wrong tokens until they are disposed of. */
class Flood implements Disposable {
  answered = 0;
  #stopped = false;
  readonly #clients: readonly LightClient[];

  constructor(chain: Chain) {
    const wrong = { ...chain.through(""), headers: { Authorization: "Bearer wrong" } };
    this.#clients = Array.from({ length: 20 }, () => new LightClient(wrong));
    for (const client of this.#clients) void this.#run(client);
  }

  async #run(client: LightClient): Promise<void> {
    const pause = (1000 * this.#clients.length) / wrongPerSecond;
    for (let next = performance.now(); !this.#stopped; next += pause) {
      const answer = await client.ask({ path: "/api/version" }).catch(() => undefined);
      if (answer?.status === 401) this.answered += 1;
      await sleep(Math.max(0, next + pause - performance.now()));
    }
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    for (const client of this.#clients) client.close();
  }
}

/** Milliseconds that a piece of work takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
