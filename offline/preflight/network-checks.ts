import { bootWarnings } from "../../config/boot.ts";
import { collisions, freePools, type Networks, type Route } from "../../config/host-networks.ts";
import { blocking, ok, warning, type Check, type Needs, type Verdict } from "./check.ts";
import type { Facts } from "./facts.ts";

/** Whether Docker can make the stack's networks; none for a package that does not tell them, or while Docker does not answer. */
export function networks({ networks: there, docker }: Facts, { subnets }: Needs): Check[] {
  if (subnets === undefined || docker.failure !== null) return [];
  const keys = Object.entries(subnets);
  const written = keys.flatMap(([, subnet]) => subnet ?? []);
  const chosen = keys.length - written.length;
  const needed = [
    ...written.map((subnet) => `${subnet} for this service alone`),
    ...(chosen > 0 ? [`${chosen} of Docker's own choice`] : []),
    `${keys.length} more for the trial of a newer version`,
  ].join(", ");
  return [{ name: "networks", needed, ...verdict(there, subnets, chosen) }];
}

function verdict(there: Networks | null, subnets: NonNullable<Needs["subnets"]>, chosen: number): Verdict {
  if (there === null) return warning("unknown, Docker does not say", "look at `docker network ls` and at `ip route`");
  const keys = Object.keys(subnets);
  const wanted = Object.fromEntries(keys.map((key) => [key, subnets[key] ?? undefined]));
  const collided = collisions(wanted, there);
  const judge = collided.some(({ level }) => level === "blocking") ? blocking : warning;
  if (collided.length > 0)
    return judge(
      collided.map(({ key, found }) => `${key}: ${found}`).join("; "),
      [...new Set(collided.map(({ advice }) => advice))].join("; "),
    );
  // Those of a service that runs are there; its next version needs room beside them.
  const deployed = there.taken.some(({ own }) => own);
  const { free, routes } = freePools(there, chosen + keys.length);
  return room(free, deployed ? { first: 0, all: keys.length } : { first: chosen, all: chosen + keys.length }, routes);
}

/** @param need - networks without which nothing comes up, and those with which a newer version can be tried */
function room(free: number, need: { first: number; all: number }, routes: readonly Route[]): Verdict {
  if (free >= need.all) return ok(`Docker has addresses for ${free} more, which is enough`);
  const barring = routes.map(({ destination, device }) => `${destination} through ${device}`).join(", ");
  const found = `Docker has addresses for ${free} more${barring === "" ? "" : `; this host has routes to ${barring}`}`;
  const advice =
    "remove networks that nothing needs with `docker network prune`, or give Docker more in default-address-pools of " +
    "/etc/docker/daemon.json, or set the keys network.subnet and gateway.subnet";
  return free < need.first ? blocking(found, advice) : warning(found, advice);
}

/** Whether the service is back after the host was started again; there only where it may not be. */
export function boot({ boot: facts }: Facts, { address }: Needs): Check[] {
  const warnings = bootWarnings(address, facts);
  if (warnings.length === 0) return [];
  const found = warnings.map((each) => each.found).join("; ");
  const advice = warnings.map((each) => each.advice).join("; ");
  return [{ name: "boot", needed: "Docker starts with the host, and after its network", ...warning(found, advice) }];
}
