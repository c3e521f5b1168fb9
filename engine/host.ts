import { readFile } from "node:fs/promises";
import type { Host } from "../config/host-rules.ts";
import { memoryIn } from "../support/meminfo.ts";
import { ask, type EngineInfo } from "./facts.ts";
import { gatherBoot } from "./boot.ts";
import { gatherNetworks } from "./networks.ts";
import type { StackLabels } from "./stack-labels.ts";
import { clashes, tryListening } from "./listen.ts";
import { nameOf, ownContainers, runningContainers, type Container } from "./own-containers.ts";

/** What is asked of a host. */
export interface HostQuestion {
  /** Labels of the stack's own containers. */
  readonly labels: StackLabels;
  /** Where the stack publishes; undefined for nowhere. */
  readonly place: { readonly address: string; readonly port: number } | undefined;
  /** Further ports that it publishes on loopback, by their keys. */
  readonly loopbackPorts?: Readonly<Record<string, number>>;
}

/** Looks at the host of an engine; its figures are unknown rather than an error. */
export async function gatherHost(endpoint: string, { labels, place, loopbackPorts = {} }: HostQuestion): Promise<Host> {
  const [info, running] = await Promise.all([
    ask<EngineInfo>(endpoint, "/info").catch((): EngineInfo => ({})),
    runningContainers(endpoint),
  ]);
  const own = ownContainers(running, labels);
  const [free, used, networks, boot] = await Promise.all([
    freeMemory(),
    usedBy(endpoint, own),
    gatherNetworks(endpoint, labels),
    gatherBoot(),
  ]);
  const further = await Promise.all(
    Object.entries(loopbackPorts).map(async ([key, port]) => {
      const found = await portAt({ address: "127.0.0.1", port }, running, own);
      return { key, taken: { port, holder: found.holder }, free: found.port !== "taken" };
    }),
  );
  return {
    takenPorts: Object.fromEntries(further.filter(({ free }) => !free).map(({ key, taken }) => [key, taken])),
    cpus: info.NCPU,
    memory: free === undefined ? undefined : free + used,
    memoryTotal: info.MemTotal,
    cgroupVersion: info.CgroupVersion,
    networks,
    boot,
    ...(place === undefined ? { port: "free" } : await portAt(place, running, own)),
  };
}

async function portAt(
  { address, port }: NonNullable<HostQuestion["place"]>,
  running: readonly Container[],
  own: readonly Container[],
): Promise<Pick<Host, "port" | "holder">> {
  const holder = running.find(({ Ports }) =>
    (Ports ?? []).some(
      ({ IP = "", PublicPort, Type }) =>
        PublicPort !== undefined && PublicPort === port && Type === "tcp" && clashes(IP, address),
    ),
  );
  if (holder === undefined) return { port: await tryListening(address, port) };
  if (own.includes(holder)) return { port: "ours" };
  return { port: "taken", holder: nameOf(holder) || holder.Id };
}

/** Memory that containers have now, bytes; of what does not tell it nothing. */
async function usedBy(endpoint: string, containers: readonly Container[]): Promise<number> {
  const used = containers.map(async ({ Id }) => {
    const stats = await ask<{ memory_stats?: { usage?: number } }>(
      endpoint,
      `/containers/${Id}/stats?stream=false&one-shot=true`,
    ).catch(() => undefined);
    return stats?.memory_stats?.usage ?? 0;
  });
  return (await Promise.all(used)).reduce((sum, bytes) => sum + bytes, 0);
}

async function freeMemory(): Promise<number | undefined> {
  const text = await readFile("/proc/meminfo", "utf8").catch(() => "");
  const available = memoryIn(text, "MemAvailable");
  return available === null ? undefined : available + (memoryIn(text, "SwapFree") ?? 0);
}
