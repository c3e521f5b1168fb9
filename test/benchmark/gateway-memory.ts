import type { ContainerUsage } from "./container-usage.ts";
import { atMost, figureLine } from "./figure.ts";
import { memoryLimits, type Chain } from "./gateway-chain.ts";
import { LightClients } from "./light-clients.ts";
import type { ModelServer } from "./model-servers.ts";

const loads = [
  { count: 64, bytes: 200_000, times: 4 },
  { count: 8, bytes: 20_000_000, times: 3 },
] as const;

/** Part of its limit that a container may take before it is near it. */
const near = 0.75;

/** Most memory that edge and usher take while many clients send large bodies. */
export async function measureMemory(chain: Chain, server: ModelServer, clients: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const { count, bytes, times } of loads) {
    const body = JSON.stringify({ ...(JSON.parse(server.body) as object), images: ["A".repeat(bytes)] });
    using all = new LightClients(
      Array.from({ length: count }, (_, index) => chain.through(clients[index % clients.length] ?? "")),
    );
    const most = await watching({ edge: chain.edge, usher: chain.usher }, () =>
      all.ask({ path: "/api/generate", body: Buffer.from(body) }, times),
    );
    for (const name of ["edge", "usher"] as const)
      lines.push(
        figureLine(
          `${count} clients with ${bytes / 1000} kB each: the ${name} took ${most[name].toFixed(0)} MiB of ${memoryLimits[name]}`,
          atMost(most[name], near * memoryLimits[name]),
        ),
      );
  }
  return lines;
}

/** Most memory of their own that containers had while some work was done, MiB. */
async function watching<Name extends string>(
  containers: Readonly<Record<Name, ContainerUsage>>,
  work: () => Promise<unknown>,
): Promise<Record<Name, number>> {
  const names = Object.keys(containers) as Name[];
  const most = Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
  const look = () => {
    for (const name of names) most[name] = Math.max(most[name], containers[name].ownMemory());
  };
  const timer = setInterval(look, 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most;
}
