import { atLeast, atMost, figureLine } from "./figure.ts";
import type { Chain } from "./gateway-chain.ts";
import type { Destination, LightRequest } from "./light-client.ts";
import { LightClients, type Seen } from "./light-clients.ts";
import type { ModelServer } from "./model-servers.ts";
import { inRounds, median, quantile } from "./pairs.ts";

/** What is measured of streams. */
interface Wanted {
  /** Clients who ask at the same time. */
  readonly count: number;
  /** How often each asks in a round. */
  readonly times: number;
  readonly rounds: number;
  /** Most milliseconds more to the first byte, in the median. */
  readonly firstByte?: number;
  /** Least share of the throughput, percent. */
  readonly share: number;
}

/** What clients saw, and the seconds of CPU time that it cost. */
interface Measured {
  readonly seen: Seen;
  readonly edge: number;
  readonly usher: number;
}

type Round = Readonly<Record<"direct" | "through", Measured>>;

/** Streams through the gateway, against those of the server itself. */
export async function measureStreams(
  chain: Chain,
  server: ModelServer,
  clients: readonly string[],
  { count, times, rounds, firstByte, share }: Wanted,
): Promise<string[]> {
  const request = { path: "/api/generate", body: server.body };
  const through = Array.from({ length: count }, (_, index) => chain.through(clients[index % clients.length] ?? ""));
  const measured = await inTurns(chain, through, request, times, rounds);
  const who = `${server.model}, ${count === 1 ? "1 client" : `${count} clients at once`}`;
  const more = (part: number) =>
    median(measured.map((round) => firstByteOf(round.through, part) - firstByteOf(round.direct, part)));
  const alone = median(measured.map(({ direct }) => firstByteOf(direct, 0.5)));
  const kept = shareOf(measured) * 100;
  return [
    figureLine(
      `${who}: ${more(0.5).toFixed(2)} ms more to the first byte, ${more(0.99).toFixed(2)} ms at p99; ` +
        `${alone.toFixed(2)} ms without the gateway`,
      firstByte === undefined ? undefined : atMost(more(0.5), firstByte),
    ),
    figureLine(`${who}: ${kept.toFixed(1)} % of the throughput`, atLeast(kept, share)),
    figureLine(`${who}: CPU time of 1,000 answers ${cpuText(measured, count * times)}`),
  ];
}

/** Short answers, one after another on one connection. */
export async function measureReads(chain: Chain, [client = ""]: readonly string[]): Promise<string[]> {
  const count = 1000;
  const measured = await inTurns(chain, [chain.through(client)], { path: "/api/version" }, count, 9);
  const perSecond = (side: keyof Round) => median(measured.map((round) => round[side].seen.perSecond));
  return [
    figureLine(
      `1,000 reads on one connection: ${perSecond("through").toFixed(0)} in a second, ` +
        `${perSecond("direct").toFixed(0)} without the gateway; CPU time ${cpuText(measured, count)}`,
    ),
  ];
}

async function inTurns(
  chain: Chain,
  destinations: readonly Destination[],
  request: LightRequest,
  times: number,
  rounds: number,
): Promise<Round[]> {
  using direct = new LightClients(destinations.map(() => chain.direct));
  using through = new LightClients(destinations);
  const measure = async (clients: LightClients): Promise<Measured> => {
    const before = { edge: chain.edge.cpuSeconds(), usher: chain.usher.cpuSeconds() };
    const seen = await clients.ask(request, times);
    return { seen, edge: chain.edge.cpuSeconds() - before.edge, usher: chain.usher.cpuSeconds() - before.usher };
  };
  for (const clients of [direct, through]) await clients.ask(request, Math.max(2, times));
  return await inRounds(rounds, { direct: () => measure(direct), through: () => measure(through) });
}

function firstByteOf({ seen }: Measured, part: number): number {
  return part === 0.5 ? median(seen.firstBytes) : quantile(seen.firstBytes, part);
}

function shareOf(measured: readonly Round[]): number {
  return median(measured.map(({ direct, through }) => through.seen.perSecond / direct.seen.perSecond));
}

function cpuText(measured: readonly Round[], answers: number): string {
  const seconds = (side: "edge" | "usher") =>
    (median(measured.map(({ through }) => through[side])) * (1000 / answers)).toFixed(2);
  return `${seconds("edge")} s of the edge, ${seconds("usher")} s of the usher`;
}
