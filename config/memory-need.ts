import { MiB } from "../support/units.ts";
import type { CatalogueModel } from "./catalogue.ts";
import type { StackConfig } from "./schema.ts";

/** Memory of the server process and its runner beside everything that is counted on its own, bytes. */
const serverBytes = 256 * MiB;

const kvCacheShare = { f16: 1, q8_0: 1 / 2, q4_0: 1 / 4 } as const;

/** What a model needs from the container's memory limit, part by part, in bytes. */
export interface MemoryNeed {
  readonly weights: number;
  readonly kvCache: number;
  readonly buffers: number;
  readonly promptCache: number;
  readonly server: number;
  readonly total: number;
}

/** Adds up what a model needs from the container's memory limit; a GPU takes over the weights it can hold. */
export function memoryNeed(model: CatalogueModel, { ollama, gpus }: Pick<StackConfig, "ollama" | "gpus">): MemoryNeed {
  const weights = model.bytes - (gpus.kind === "none" ? 0 : model.memory.gpuOffloadBytes);
  const tokens = ollama.contextLength * ollama.numParallel;
  const kvCache = model.memory.kvBytesPerToken * tokens * kvCacheShare[ollama.kvCacheType];
  const buffers = model.memory.computeBytes;
  const promptCache = ollama.cacheRam * MiB;
  const total = weights + kvCache + buffers + promptCache + serverBytes;
  return { weights, kvCache, buffers, promptCache, server: serverBytes, total };
}
