import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Networks, Pool, Route, TakenNetwork } from "../config/host-networks.ts";
import { addressText } from "../support/cidr.ts";
import { ask } from "./facts.ts";
import { isOwn, type StackLabels } from "./stack-labels.ts";

/** The parts of an engine's answer to `GET /networks` that are looked at. */
interface Network {
  readonly Id: string;
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Options?: Readonly<Record<string, string>> | null;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string }[] | null };
}

/** What Docker takes its networks from where nothing else is written into its daemon.json. */
const defaultPools: readonly Pool[] = [
  ...["172.17.0.0/16", "172.18.0.0/16", "172.19.0.0/16", "172.20.0.0/14", "172.24.0.0/14", "172.28.0.0/14"].map(
    (base) => ({ base, bits: 16 }),
  ),
  { base: "192.168.0.0/16", bits: 20 },
];

/** Looks at the networks of an engine and at its host's routes; what is unknown is left out, and it never rejects. */
export async function gatherNetworks(endpoint: string, labels: StackLabels): Promise<Networks> {
  const [networks, info, routes] = await Promise.all([
    ask<readonly Network[]>(endpoint, "/networks").catch((): readonly Network[] => []),
    ask<PoolInfo>(endpoint, "/info").catch((): PoolInfo => ({})),
    routesOfHost(),
  ]);
  const bridges = networks.map(bridgeOf);
  return {
    taken: networks.map((network): TakenNetwork => ({
      name: network.Name,
      subnets: (network.IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
      own: isOwn(network.Name, network.Labels ?? {}, labels),
    })),
    // Those of Docker's own bridges are the networks'.
    routes: routes.filter(({ device }) => !bridges.includes(device)),
    pools: poolsIn(info),
  };
}

interface PoolInfo {
  readonly DefaultAddressPools?: readonly { readonly Base?: string; readonly Size?: number }[] | null;
}

function poolsIn({ DefaultAddressPools: pools }: PoolInfo): readonly Pool[] {
  if (!pools || pools.length === 0) return defaultPools;
  return pools.map(({ Base: base = "", Size: bits = 32 }) => ({ base, bits }));
}

function bridgeOf({ Id, Options }: Network): string {
  return Options?.["com.docker.network.bridge.name"] ?? `br-${Id.slice(0, 12)}`;
}

const execute = promisify(execFile);

/** Routes of all tables, or of the main one where there is no `ip`. */
async function routesOfHost(): Promise<readonly Route[]> {
  try {
    const { stdout } = await execute("ip", ["-j", "-4", "route", "show", "table", "all"], { timeout: 5_000 });
    return routesIn(JSON.parse(stdout) as readonly IpRoute[]);
  } catch {
    return mainRoutesIn(await readFile("/proc/net/route", "utf8").catch(() => ""));
  }
}

interface IpRoute {
  readonly dst: string;
  readonly dev?: string;
  readonly type?: string;
}

function routesIn(listed: readonly IpRoute[]): readonly Route[] {
  return listed.flatMap(({ dst, dev = "", type = "unicast" }) =>
    type === "unicast" && dst !== "default" ? [{ destination: dst, device: dev }] : [],
  );
}

/** The routes in the text of /proc/net/route, whose addresses are hexadecimal, the last byte first; the default one is left out. */
export function mainRoutesIn(table: string): readonly Route[] {
  return table.split("\n").flatMap((line) => {
    const [device = "", destination = "", , , , , , mask = ""] = line.split("\t");
    if (!/^[0-9A-F]{8}$/.test(destination) || Number.parseInt(mask, 16) === 0) return [];
    const bits = reversed(mask).toString(2).replaceAll("0", "").length;
    return [{ destination: `${addressText(reversed(destination))}/${bits}`, device }];
  });
}

function reversed(hex: string): number {
  return Number.parseInt((hex.match(/../g) ?? []).reverse().join(""), 16);
}
