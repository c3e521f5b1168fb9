import { availableParallelism } from "node:os";
import { startChain } from "./gateway-chain.ts";
import { measureHog, measureWrongTokens } from "./gateway-disturbed.ts";
import { measureMemory } from "./gateway-memory.ts";
import { measureReads, measureStreams } from "./gateway-streams.ts";
import { realServer, syntheticServer } from "./model-servers.ts";

const clients = Array.from({ length: 8 }, (_, index) => `client-${index}`);

/** How many clients ask at a time, how often each in a round, in how many rounds; and what is aimed at. */
const synthetic = [
  { count: 1, times: 8, rounds: 15, firstByte: 1.2, share: 98.5 },
  { count: 8, times: 8, rounds: 11, firstByte: 2, share: 97.5 },
  { count: 64, times: 4, rounds: 9, firstByte: 4, share: 95 },
] as const;
const real = { count: 8, times: 1, rounds: 11, share: 99 } as const;

/** What the gateway costs its clients in time, the machine in CPU time and memory, and what clients cost one another. */
export async function benchmarkGateway(): Promise<string[]> {
  const lines = [`on ${availableParallelism()} CPUs; behind each line stands the load of the machine in that minute`];
  const measure = async (what: string, work: () => Promise<string[]>) => {
    process.stderr.write(`Measuring gateway: ${what}\n`);
    lines.push(...(await work()));
  };
  {
    await using chain = await startChain(syntheticServer, clients, 64);
    for (const wanted of synthetic)
      await measure(`clients at once: ${wanted.count}`, () => measureStreams(chain, syntheticServer, clients, wanted));
    await measure("reads", () => measureReads(chain, clients));
    await measure("wrong tokens", () => measureWrongTokens(chain, syntheticServer, clients));
    await measure("memory", () => measureMemory(chain, syntheticServer, clients));
  }
  {
    await using chain = await startChain(syntheticServer, clients, 4);
    await measure("a client that asks for much", () => measureHog(chain, syntheticServer, clients));
  }
  const ollama = realServer(real.count);
  await using chain = await startChain(ollama, clients, real.count);
  await measure("a real server", () => measureStreams(chain, ollama, clients, real));
  return lines;
}
