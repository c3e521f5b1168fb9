import { formatBytes, MiB } from "../support/units.ts";
import { findModel } from "./catalogue.ts";
import { reservedGpus, type NamedGpu } from "./gpu-reservation.ts";
import { gpuMemoryNeed, memoryNeed } from "./memory-need.ts";
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
export type Server = Pick<ResolvedConfig, "model" | "memory" | "ollama" | "gpus">;

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

function inMemory({ model, memory, ollama, gpus }: Server, free: number | undefined, beside: number): Fit {
  if (free === undefined) return { fits: "unknown", why: "/proc/meminfo does not tell the free memory" };
  const known = findModel(model.name);
  const need = known && memoryNeed(known, { ollama, gpus });
  // A container never has more than its limit.
  const limit = memory === 0 ? Infinity : memory * MiB;
  const least = Math.min(need?.total ?? 0, limit) + beside;
  const most = need === undefined || need.weights === null ? limit + beside : least;
  const who = beside === 0 ? "another one" : "another one, with its part of the gateway,";
  if (least > free) return short(who, least, "of memory", `${formatBytes(free)} are free`);
  if (most <= free) return yes;
  const bound = memory === 0 ? "" : `, up to its limit of ${formatBytes(limit)}`;
  return {
    fits: "unknown",
    why: `how much memory ${model.name} takes is not known${bound}, and ${formatBytes(free)} are free`,
  };
}

function inGpuMemory({ model, ollama, gpus }: Server, there: readonly FreeGpu[] | undefined): Fit {
  if (gpus.kind === "none") return yes;
  const reserved = reservedGpus(there ?? [], gpus).map((gpu) => gpu?.free);
  const known = reserved.filter((bytes) => bytes !== undefined);
  if (reserved.length === 0 || known.length < reserved.length)
    return { fits: "unknown", why: "nvidia-smi does not tell the free memory of the reserved GPUs" };
  const need = (count: number) => {
    const entry = findModel(model.name);
    return entry && gpuMemoryNeed(entry, { ollama, gpus: { kind: "count", count } });
  };
  // A GPU that has not even what is left free on each takes no part of the model.
  const kept = (need(1)?.margin ?? 0) + (need(1)?.overhead ?? 0);
  const usable = known.filter((bytes) => bytes > kept);
  const whole = need(Math.max(usable.length, 1));
  const free = known.map(formatBytes).join(" + ");
  if (whole !== undefined && whole.total > usable.reduce((sum, bytes) => sum + bytes, 0))
    return short("another one", whole.total, "of GPU memory", `${free} are free on the reserved GPUs`);
  if (whole !== undefined && whole.weights !== null) return yes;
  return {
    fits: "unknown",
    why: `how much GPU memory ${model.name} takes is not known, and ${free} are free on the reserved GPUs`,
  };
}

function short(who: string, need: number, what: string, there: string): Fit {
  return { fits: "no", why: `${who} needs ${formatBytes(need)} ${what}, and ${there}` };
}
