import { holds, overlap, parseRange, type Range } from "../support/cidr.ts";
import type { Problem } from "./problems.ts";
import type { StackConfig } from "./schema.ts";

/** A network of Docker. */
export interface TakenNetwork {
  readonly name: string;
  readonly subnets: readonly string[];
  /** Whether it is one of the stack that is brought up. */
  readonly own: boolean;
}

/** A route of the host that is not one of Docker's. */
export interface Route {
  /** For example `10.0.0.0/8`. */
  readonly destination: string;
  readonly device: string;
}

/** Addresses from which Docker takes subnets of one size. */
export interface Pool {
  readonly base: string;
  /** Bits of the prefix of each subnet. */
  readonly bits: number;
}

/** What the networks of a stack can collide with. */
export interface Networks {
  readonly taken: readonly TakenNetwork[];
  readonly routes: readonly Route[];
  readonly pools: readonly Pool[];
}

/** A subnet of the configuration that is somebody else's on this host. */
export interface Collision {
  readonly level: "blocking" | "warning";
  /** Key with the subnet, `network.subnet`. */
  readonly key: string;
  readonly found: string;
  readonly advice: string;
}

/** Keys of a stack's networks, with their subnets. */
export type Subnets = Readonly<Record<string, string | undefined>>;

/** The networks that a stack makes. */
export function subnetsOf({
  network,
  gateway,
  monitoring,
}: Pick<StackConfig, "network" | "gateway" | "monitoring">): Subnets {
  return {
    "network.subnet": network.subnet,
    ...(gateway.enabled ? { "gateway.subnet": gateway.subnet } : {}),
    ...(monitoring.enabled ? { "monitoring.subnet": monitoring.subnet } : {}),
  };
}

const range = (text: string): Range | undefined => parseRange(text);
const choose = "write a subnet that the organisation has set aside for this host";

/** What the subnets of a stack collide with on this host. */
export function collisions(subnets: Subnets, { taken, routes }: Networks): Collision[] {
  return Object.entries(subnets).flatMap(([key, subnet]) => {
    const wanted = subnet === undefined ? undefined : range(subnet);
    if (subnet === undefined || wanted === undefined) return [];
    return [...withNetworks(key, subnet, wanted, taken), ...withRoutes(key, subnet, wanted, routes)];
  });
}

function withNetworks(key: string, subnet: string, wanted: Range, taken: readonly TakenNetwork[]): Collision[] {
  return taken.flatMap(({ name, subnets, own }) => {
    const other = own ? undefined : subnets.find((each) => overlaps(each, wanted));
    if (other === undefined) return [];
    return [
      {
        level: "blocking" as const,
        key,
        found: `${subnet} overlaps with the Docker network ${name}, ${other}`,
        advice: `write another subnet, or remove that network with \`docker network rm ${name}\` where nothing needs it`,
      },
    ];
  });
}

function withRoutes(key: string, subnet: string, wanted: Range, routes: readonly Route[]): Collision[] {
  return routes.flatMap(({ destination, device }) => {
    const other = range(destination);
    if (other === undefined || !overlap(other, wanted)) return [];
    // All of it is the organisation's, but a part may have been set aside for this host.
    const level = holds(other, wanted) && other.bits < wanted.bits ? ("warning" as const) : ("blocking" as const);
    const found =
      level === "warning"
        ? `${subnet} is a part of ${destination}, which this host reaches through ${device}; what has these addresses there is not reached any more`
        : `${subnet} overlaps with the route of this host to ${destination} through ${device}`;
    return [{ level, key, found, advice: level === "warning" ? `${choose}, if this is not one` : choose }];
  });
}

/** Collisions of one level, as problems of the configuration. */
export function collisionProblems(found: readonly Collision[], wanted: Collision["level"]): Problem[] {
  return found
    .filter(({ level }) => level === wanted)
    .map(({ key, found: what, advice }) => ({ path: key.split("."), message: `${what}: ${advice}` }));
}

/** How many networks Docker can still make by itself, up to a number; and the routes that take addresses of its pools. */
export function freePools({ taken, routes, pools }: Networks, enough: number): { free: number; routes: Route[] } {
  const used = taken.flatMap(({ subnets }) => subnets).flatMap((subnet) => range(subnet) ?? []);
  const barred = routes.flatMap(({ destination }) => range(destination) ?? []);
  let free = 0;
  for (const pool of pools.flatMap(({ base, bits }) => subnetsIn(base, bits)))
    if (free < enough && ![...used, ...barred].some((other) => overlap(other, pool))) free += 1;
  return {
    free,
    routes: routes.filter(({ destination }) => pools.some(({ base }) => overlaps(base, range(destination)))),
  };
}

/** The first subnets of a pool; no host needs more. */
function subnetsIn(base: string, bits: number): Range[] {
  const whole = range(base);
  if (whole === undefined) return [];
  const size = 2 ** (32 - bits);
  const count = Math.min(1024, Math.floor((whole.last - whole.first + 1) / size));
  return Array.from({ length: count }, (_, index) => {
    const first = whole.first + index * size;
    return { first, last: first + size - 1, bits };
  });
}

function overlaps(text: string, other: Range | undefined): boolean {
  const one = range(text);
  return one !== undefined && other !== undefined && overlap(one, other);
}
