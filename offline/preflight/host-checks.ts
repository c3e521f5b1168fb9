import { limitAboveHost, limitUnseen, type LimitOnHost } from "../../config/memory-limit.ts";
import { hostPart } from "../../support/address.ts";
import { formatBytes } from "../../support/units.ts";
import { blocking, ok, warning, type Check, type Needs, type Verdict } from "./check.ts";
import type { Facts } from "./facts.ts";

/** Whether the package's programs and images run on this machine at all. */
export function platform({ host }: Facts): Check {
  const found = `${host.platform} on ${host.architecture}`;
  const runs = host.platform === "linux" && host.architecture === "x64";
  const verdict = runs ? ok(found) : blocking(found, "deploy on a Linux machine with an x86-64 processor");
  return { name: "system", needed: "linux on x64", ...verdict };
}

/**
 * Whether the memory holds what the service needs of it.
 * @param known - bytes of that, null when unknown
 */
export function memory({ host, docker }: Facts, { memoryBytes, modelBytes, gpus }: Needs, known: number | null): Check {
  // With a GPU most of a model lies there.
  const need = known ?? (gpus.kind === "none" ? modelBytes : 0);
  const needed =
    known === null
      ? `room for the model (${formatBytes(modelBytes)})`
      : `${formatBytes(known)} for the model and what it works with`;
  const limit = {
    limit: memoryBytes,
    total: host.memoryTotal ?? undefined,
    cgroupVersion: docker.cgroupVersion ?? undefined,
  };
  return { name: "memory", needed, ...holdsMemory(host, need, limit) };
}

function holdsMemory({ memoryTotal, memoryAvailable }: Facts["host"], need: number, limit: LimitOnHost): Verdict {
  if (memoryTotal === null || memoryAvailable === null)
    return warning("unknown, /proc/meminfo does not say", "compare `free -b` with what is needed");
  const found = `${formatBytes(memoryAvailable)} available of ${formatBytes(memoryTotal)}`;
  if (memoryTotal < need) return blocking(found, "add memory, or deploy a package with a smaller model");
  const busy =
    memoryAvailable < need
      ? "stop what else uses memory, unless it is the running version of this service, which gives its own back when it is replaced"
      : undefined;
  const limits = [limitAboveHost(limit), limitUnseen(limit)].map((text) => text && `about the key memory: ${text}`);
  const advice = [busy, ...limits].filter((text) => text !== undefined);
  return advice.length === 0 ? ok(found) : warning(found, advice.join("; "));
}

/** What the runner's build for Haswell and later processors uses; without one of them an older, slower build runs. */
const fastInstructions = ["avx", "avx2", "f16c", "fma", "bmi2"];

/** Whether the processor has the instructions without which a model on the CPU is slow. */
export function cpu({ host: { cpuFlags } }: Facts): Check {
  const check = { name: "CPU", needed: fastInstructions.join(", ") };
  if (cpuFlags === null) return { ...check, ...warning("unknown, /proc/cpuinfo lists no flags", "look at `lscpu`") };
  const missing = fastInstructions.filter((flag) => !cpuFlags.includes(flag));
  if (missing.length === 0) return { ...check, ...ok(fastInstructions.join(", ")) };
  const pace = missing.includes("avx") ? "very slow" : "slow";
  const advice =
    `expect ${pace} answers from what runs on the CPU; ` +
    "in a virtual machine, give it the host's CPU model (host-passthrough), else use a newer processor";
  return { ...check, ...warning(`no ${missing.join(", ")}`, advice) };
}

/** Whether the service can be published where the stack says. */
export function port({ port: { state, holder } }: Facts, { address, port }: Needs): Check {
  const place = `${hostPart(address)}:${port}`;
  const needed = port === 0 ? `any free port of ${address}` : `${place}, free or held by this service`;
  return { name: "port", needed, ...canPublish(state, holder, place, { address, port, key: "port" }) };
}

/** Whether the stack gets each port of loopback that it takes beside the service's. */
export function furtherPorts({ furtherPorts }: Pick<Facts, "furtherPorts">): Check[] {
  return Object.entries(furtherPorts).map(([key, { port, state, holder }]) => {
    const address = "127.0.0.1";
    const place = `${address}:${port}`;
    const needed = `${place}, free or held by this service`;
    return { name: key, needed, ...canPublish(state, holder, place, { address, port, key }) };
  });
}

function canPublish(
  state: Facts["port"]["state"],
  holder: Facts["port"]["holder"],
  place: string,
  { address, port, key }: Pick<Needs, "address" | "port"> & { readonly key: string },
): Verdict {
  switch (state) {
    case "free":
      return ok(port === 0 ? `${address} is an address of this host` : `${place} is free`);
    case "taken":
      if (holder?.ours) return ok(`${place} is held by this service's container ${holder.name}`);
      return holder === null
        ? blocking(
            `${place} is taken by another program`,
            `find it with \`ss -ltnp 'sport = :${port}'\` and stop it, or change the key ${key}`,
          )
        : blocking(
            `${place} is taken by the container ${holder.name}`,
            `stop it with \`docker stop ${holder.name}\`, or change the key ${key}`,
          );
    case "foreign":
      return blocking(
        `${address} is no address of this host`,
        "set the key address to one that `ip address` lists, 127.0.0.1 for this host alone, or 0.0.0.0 for all",
      );
    case "forbidden":
      return warning(`${place} could not be tried without root`, "run the check as root, or choose a port above 1023");
    case "unknown":
      return warning(`${place} could not be tried`, `look whether \`ss -ltn 'sport = :${port}'\` lists it`);
  }
}

/** How far clocks may be apart, milliseconds. */
const clockTolerance = 5 * 60 * 1000;

/** Whether the host's clock is later than the package. */
export function clock({ host: { now } }: Facts, { created }: Needs): Check {
  const behind = new Date(created).getTime() - new Date(now).getTime();
  const check = { name: "clock", needed: `after ${created}, when the package was made` };
  if (behind <= clockTolerance) return { ...check, ...ok(now) };
  const advice =
    "set the clock with `timedatectl set-time`, or from a time server of this network: " +
    "the validity of signatures and the times in logs depend on it";
  return { ...check, ...warning(now, advice) };
}
