import { formatBytes, MiB } from "../support/units.ts";
import type { CatalogueModel } from "./catalogue.ts";
import type { StackConfig } from "./schema.ts";

/** A sum of memory in bytes, part by part; a part that is null is unknown and not in the total. */
export type Sum<Part extends string> = Readonly<Record<Part, number | null> & { total: number }>;

/** What a model needs from the container's memory limit; what its GPUs hold is zero there. */
export type MemoryNeed = Sum<"weights" | "kvCache" | "buffers" | "promptCache" | "server">;

/** What a model needs from the memory of its GPUs. */
export type GpuMemoryNeed = Sum<"weights" | "kvCache" | "buffers" | "margin" | "overhead">;

/** What may be taken beside the server: HAProxy once, an usher beside each server, monitoring and watcher; zero for what a stack has not. */
export type BesideNeed = Readonly<Record<"edge" | "usher" | "monitoring" | "watcher" | "total", number>>;

type Tuning = Pick<StackConfig, "ollama" | "gpus">;

/** Memory of the server process and its runner beside everything that is counted on its own. */
const serverBytes = 256 * MiB;

/** The same with CUDA's libraries: 1.6 GB were seen with all of a model on a GPU and 1 GiB of prompt cache (ollama/ollama#18264). */
const serverBytesWithGpu = 512 * MiB;

/** What llama.cpp leaves free on a GPU when it decides how many layers to put there, its default of --fit-target. */
const marginBytes = 1024 * MiB;

const kvCacheShare = { f16: 1, q8_0: 1 / 2, q4_0: 1 / 4 } as const;

/** Adds up what a model needs from the container's memory limit. */
export function memoryNeed(model: CatalogueModel, tuning: Tuning): MemoryNeed {
  const { ollama, gpus } = tuning;
  const promptCache = ollama.cacheRam * MiB;
  if (gpus.kind === "none")
    return total({ weights: model.bytes, ...working(model, tuning), promptCache, server: serverBytes });
  const { gpuOffloadBytes } = model.memory;
  const weights = gpuOffloadBytes === null ? null : model.bytes - gpuOffloadBytes;
  return total({ weights, kvCache: 0, buffers: 0, promptCache, server: serverBytesWithGpu });
}

/** Adds up what a model needs from the memory of its GPUs to lie there as a whole; undefined without a GPU. */
export function gpuMemoryNeed(model: CatalogueModel, tuning: Tuning): GpuMemoryNeed | undefined {
  const { ollama, gpus } = tuning;
  if (gpus.kind === "none") return undefined;
  // How many `all` are is the host's to know: one at least.
  const count = gpus.kind === "devices" ? gpus.ids.length : Math.max(gpus.count, 1);
  return total({
    weights: model.memory.gpuOffloadBytes,
    ...working(model, tuning),
    margin: marginBytes * count,
    overhead: ollama.gpuOverhead * MiB * count,
  });
}

/** What a gateway may take by its limits: HAProxy once, and an usher beside each server. */
export function gatewayNeed({ gateway }: Pick<StackConfig, "gateway">): Readonly<Record<"edge" | "usher", number>> {
  const [edge, usher] = gateway.enabled ? [gateway.memory * MiB, gateway.usher.memory * MiB] : [0, 0];
  return { edge, usher };
}

/** Adds up what may be taken beside the server, by the limits of all its containers. */
export function besideNeed(config: Pick<StackConfig, "gateway" | "monitoring" | "watcher" | "gpus">): BesideNeed {
  const { edge, usher } = gatewayNeed(config);
  const monitoring = monitoringMiB(config) * MiB;
  const watcher = config.watcher.enabled ? config.watcher.memory * MiB : 0;
  return { edge, usher, monitoring, watcher, total: edge + usher + monitoring + watcher };
}

function monitoringMiB({ monitoring, gpus }: Pick<StackConfig, "monitoring" | "gpus">): number {
  if (!monitoring.enabled) return 0;
  const { prometheus, alertmanager, blackboxExporter, jsonExporter, nodeExporter, gpuExporter, grafana } = monitoring;
  const parts = [
    ...[prometheus, alertmanager, blackboxExporter, jsonExporter, nodeExporter],
    ...(gpus.kind === "none" ? [] : [gpuExporter]),
    ...(grafana.enabled ? [grafana] : []),
  ];
  return parts.reduce((sum, { memory }) => sum + memory, 0);
}

/** What a model works with beside its weights, wherever it lies. */
function working({ memory }: CatalogueModel, { ollama }: Tuning) {
  const tokens = ollama.contextLength * ollama.numParallel;
  return { kvCache: memory.kvBytesPerToken * tokens * kvCacheShare[ollama.kvCacheType], buffers: memory.computeBytes };
}

function total<Part extends string>(parts: Readonly<Record<Part, number | null>>): Sum<Part> {
  const known = Object.values<number | null>(parts).map((bytes) => bytes ?? 0);
  return { ...parts, total: known.reduce((sum, bytes) => sum + bytes, 0) };
}

/** What stays free on a GPU once, however many models lie there. */
const once: readonly string[] = ["margin", "overhead"];

/** The sum of what models need that are loaded at once; a part is unknown in it where it is of every model. */
export function addNeeds<Part extends string>(needs: readonly Sum<Part>[]): Sum<Part> {
  const [first] = needs;
  if (first === undefined) return { total: 0 } as Sum<Part>;
  const parts = Object.keys(first).filter((part) => part !== "total") as Part[];
  return total(Object.fromEntries(parts.map((part) => [part, addPart(part, needs)])) as Record<Part, number | null>);
}

function addPart<Part extends string>(part: Part, needs: readonly Sum<Part>[]): number | null {
  const known = needs.map((need) => need[part]).filter((bytes) => bytes !== null);
  if (known.length === 0) return null;
  return once.includes(part) ? Math.max(...known) : known.reduce((sum, bytes) => sum + bytes, 0);
}

const names = {
  weights: "weights",
  kvCache: "KV cache",
  buffers: "buffers",
  promptCache: "prompt cache",
  server: "server",
  margin: "margin",
  overhead: "gpuOverhead",
  edge: "HAProxy",
  usher: "usher",
  monitoring: "monitoring",
  watcher: "watcher",
} as const;

/**
 * The parts of a sum that are there, for people: `weights 7.03 GiB + buffers 516 MiB`.
 * @param tuning - that of the one model whose KV cache it has
 */
export function partsText(sum: MemoryNeed | GpuMemoryNeed | BesideNeed, tuning?: Pick<Tuning, "ollama">): string {
  const tokens = tuning && tokensText(tuning);
  return (Object.keys(sum) as (keyof typeof names | "total")[])
    .flatMap((part) => {
      const bytes = part === "total" ? 0 : (sum as Sum<keyof typeof names>)[part];
      if (part === "total" || bytes === 0) return [];
      const size = bytes === null ? "unknown" : formatBytes(bytes);
      return `${names[part]} ${size}${part === "kvCache" && tokens !== undefined ? ` (${tokens})` : ""}`;
    })
    .join(" + ");
}

function tokensText({ ollama }: Pick<Tuning, "ollama">): string {
  return `${ollama.contextLength} tokens x ${ollama.numParallel} parallel, ${ollama.kvCacheType}`;
}
