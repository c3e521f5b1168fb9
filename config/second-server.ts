import { formatBytes, MiB } from "../support/units.ts";
import { reservedGpus, type NamedGpu } from "./gpu-reservation.ts";
import { gpuNeed, hostNeed } from "./loaded-models.ts";
import type { ResolvedConfig } from "./resolve.ts";

/** A GPU with its free memory, bytes; undefined is unknown. */
export interface FreeGpu extends NamedGpu {
  readonly free: number | undefined;
}

/** Memory of a host that nobody uses; undefined is unknown. */
export interface Room {
  /** Bytes that can be had without swapping. */
  readonly memory: number | undefined;
  readonly gpus: readonly FreeGpu[] | undefined;
}

/** Whether a host has room for another server; why not, or why nobody knows, with the figures. */
export type Fit =
  { readonly fits: "yes"; readonly why?: undefined } | { readonly fits: "no" | "unknown"; readonly why: string };

/** What a server is made of, as far as memory goes. */
export type Server = Pick<ResolvedConfig, "models" | "memory" | "ollama" | "gpus">;

const yes: Fit = { fits: "yes" };

/**
 * Judges whether a host has room for a server beside what runs there now.
 * @param beside - what comes with it of a gateway may take, bytes
 */
export function secondServer(server: Server, room: Room, beside = 0): Fit {
  const found = [inMemory(server, room.memory, beside), inGpuMemory(server, room.gpus)];
  for (const fits of ["no", "unknown"] as const) {
    const reasons = found.flatMap((fit) => (fit.fits === fits ? fit.why : []));
    if (reasons.length > 0) return { fits, why: reasons.join("; ") };
  }
  return yes;
}

function inMemory({ memory, ...loading }: Server, free: number | undefined, beside: number): Fit {
  if (free === undefined) return { fits: "unknown", why: "/proc/meminfo does not tell the free memory" };
  const { sum, unknown } = hostNeed(loading);
  // A container never has more than its limit.
  const limit = memory === 0 ? Infinity : memory * MiB;
  const least = Math.min(sum.total, limit) + beside;
  const most = unknown.length > 0 ? limit + beside : least;
  const who = beside === 0 ? "another one" : "another one, with its part of the gateway,";
  if (least > free) return short(who, least, "of memory", `${formatBytes(free)} are free`);
  if (most <= free) return yes;
  const bound = memory === 0 ? "" : `, up to its limit of ${formatBytes(limit)}`;
  return {
    fits: "unknown",
    why: `${howMuch("memory", unknown)}${bound}, and ${formatBytes(free)} are free`,
  };
}

function inGpuMemory(server: Server, there: readonly FreeGpu[] | undefined): Fit {
  const { gpus } = server;
  if (gpus.kind === "none") return yes;
  const reserved = reservedGpus(there ?? [], gpus).map((gpu) => gpu?.free);
  const known = reserved.filter((bytes) => bytes !== undefined);
  if (reserved.length === 0 || known.length < reserved.length)
    return { fits: "unknown", why: "nvidia-smi does not tell the free memory of the reserved GPUs" };
  const need = (count: number) => gpuNeed({ ...server, gpus: { kind: "count", count } });
  // A GPU that has not even what is left free on each takes no part of the models.
  const kept = (need(1)?.sum.margin ?? 0) + (need(1)?.sum.overhead ?? 0);
  const usable = known.filter((bytes) => bytes > kept);
  const whole = need(Math.max(usable.length, 1));
  const free = known.map(formatBytes).join(" + ");
  if (whole !== undefined && whole.sum.total > usable.reduce((sum, bytes) => sum + bytes, 0))
    return short("another one", whole.sum.total, "of GPU memory", `${free} are free on the reserved GPUs`);
  const unknown = whole?.unknown ?? [];
  if (unknown.length === 0) return yes;
  return {
    fits: "unknown",
    why: `${howMuch("GPU memory", unknown)}, and ${free} are free on the reserved GPUs`,
  };
}

function howMuch(what: string, models: readonly string[]): string {
  return `how much ${what} ${models.join(" and ")} ${models.length > 1 ? "take" : "takes"} is not known`;
}

function short(who: string, need: number, what: string, there: string): Fit {
  return { fits: "no", why: `${who} needs ${formatBytes(need)} ${what}, and ${there}` };
}
