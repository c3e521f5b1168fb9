import { findModel } from "../../config/catalogue.ts";
import { gpusText, type GpuReservation } from "../../config/gpu-reservation.ts";
import { gpuMemoryNeed } from "../../config/memory-need.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { formatBytes, sum } from "../../support/units.ts";
import type { TuneFacts } from "./host-facts.ts";

/** Which GPUs the server is to have, and why. */
export interface ChosenGpus {
  readonly value: string;
  readonly reservation: GpuReservation;
  readonly reason: string;
}

const none: GpuReservation = { kind: "none" };
const one: GpuReservation = { kind: "count", count: 1 };

/** GPUs for the models: one where it holds all of them together, else all GPUs; named devices stay. */
export function chooseGpus({ gpus }: Pick<TuneFacts, "gpus">, config: ResolvedConfig): ChosenGpus {
  if (gpus.length === 0) return { value: "none", reservation: none, reason: "nvidia-smi lists no GPU on this host" };
  // Whoever names devices has a reason that no figure tells.
  if (config.gpus.kind === "devices")
    return { value: gpusText(config.gpus), reservation: config.gpus, reason: "named devices stay" };
  const need = sum(config.models.map(({ name }) => onGpu(name, config) ?? 0));
  const smallest = Math.min(...gpus);
  const reason =
    `the models take ${formatBytes(need)} of GPU memory together, and ` +
    `${gpus.length === 1 ? "the GPU has" : "each GPU has"} ${formatBytes(smallest)}`;
  if (need <= smallest || gpus.length === 1) return { value: "1", reservation: one, reason };
  return { value: String(gpus.length), reservation: { kind: "count", count: gpus.length }, reason };
}

/** GPU memory of a model; where nobody has told what a GPU takes of its weights, all of them. */
export function onGpu(name: string, config: Pick<ResolvedConfig, "ollama">): number | undefined {
  const known = findModel(name);
  if (known === undefined) return undefined;
  const contextLength = Math.min(config.ollama.contextLength, known.contextLength);
  const need = gpuMemoryNeed(known, { gpus: one, ollama: { ...config.ollama, contextLength } });
  return (need?.total ?? 0) + (need?.weights === null ? known.bytes : 0);
}
