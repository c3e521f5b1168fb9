import { formatBytes } from "../support/units.ts";
import { findModel, type CatalogueModel } from "./catalogue.ts";
import {
  addNeeds,
  gpuMemoryNeed,
  memoryNeed,
  partsText,
  type GpuMemoryNeed,
  type MemoryNeed,
  type Sum,
} from "./memory-need.ts";
import { embedsAlone, type Purpose } from "./purposes.ts";
import { contextOf, purposesOf } from "./resolve.ts";
import type { StackConfig } from "./schema.ts";

/** A model of a stack, configured or resolved, as far as its memory goes. */
export interface LoadableModel {
  readonly name: string;
  readonly preload: boolean;
  readonly contextLength?: number | undefined;
  readonly for?: readonly Purpose[] | undefined;
}

/** What decides how much memory the models of a stack take. */
export interface Loading {
  readonly models: readonly LoadableModel[];
  readonly ollama: StackConfig["ollama"];
  readonly gpus: StackConfig["gpus"];
}

/** What the models take together that can be loaded at once and need the most. */
export interface LoadedNeed<Need> {
  readonly sum: Need;
  /** Those models, each with its own need; none when the catalogue knows none. */
  readonly models: readonly { readonly name: string; readonly need: Need }[];
  /** Names of models that take more than the sum says, all of it or a part being unknown. */
  readonly unknown: readonly string[];
}

/** Host memory that the models take at most. */
export function hostNeed(loading: Loading): LoadedNeed<MemoryNeed> {
  return worst(loading, (known, model) => memoryNeed(known, { ...loading, ollama: ownTuning(model, loading.ollama) }));
}

/** GPU memory that the models take at most; undefined without a GPU. */
export function gpuNeed(loading: Loading): LoadedNeed<GpuMemoryNeed> | undefined {
  if (loading.gpus.kind === "none") return undefined;
  return worst(loading, (known, model) =>
    gpuMemoryNeed(known, { ...loading, ollama: ownTuning(model, loading.ollama) }),
  );
}

/** Whether a model is for embedding and nothing else. */
export function forEmbeddingAlone(model: Pick<LoadableModel, "name" | "for">): boolean {
  return embedsAlone(purposesOf(model));
}

/** The tuning as it is for one model: its own context, and one slot for embedding, as Ollama loads it. */
function ownTuning(model: LoadableModel, ollama: Loading["ollama"]): Loading["ollama"] {
  const contextLength = contextOf({ contextLength: model.contextLength }, findModel(model.name), ollama);
  return { ...ollama, contextLength, numParallel: forEmbeddingAlone(model) ? 1 : ollama.numParallel };
}

interface Loaded<Need> {
  readonly name: string;
  readonly preload: boolean;
  readonly need: Need;
}

function worst<Part extends string>(
  { models, ollama }: Loading,
  needOf: (known: CatalogueModel, model: LoadableModel) => Sum<Part | "weights"> | undefined,
): LoadedNeed<Sum<Part | "weights">> {
  const known = models.flatMap((model) => {
    const entry = findModel(model.name);
    const need = entry && needOf(entry, model);
    return need === undefined ? [] : [{ name: model.name, preload: model.preload, need }];
  });
  const always = models.filter(({ preload }) => preload).length;
  const loaded = together(known, ollama.maxLoadedModels, always);
  const whole = known.filter(({ need }) => need.weights !== null).map(({ name }) => name);
  return {
    sum: addNeeds(loaded.map(({ need }) => need)),
    models: loaded.map(({ name, need }) => ({ name, need })),
    unknown: models.map(({ name }) => name).filter((name) => !whole.includes(name)),
  };
}

/** Those that are preloaded and the largest others; where these have no place left, Ollama gives them that of a preloaded one. */
function together<Need extends { readonly total: number }>(
  known: readonly Loaded<Need>[],
  places: number,
  always: number,
): readonly Loaded<Need>[] {
  const bySize = known.toSorted((one, other) => other.need.total - one.need.total);
  const others = bySize.filter(({ preload }) => !preload);
  const chosen =
    always >= places && others.length > 0
      ? bySize.slice(0, places)
      : [...bySize.filter(({ preload }) => preload), ...others.slice(0, places - always)];
  return known.filter((model) => chosen.includes(model));
}

/** The models of a need for people, each with its own where there are several: `a (8 GiB) and b (2 GiB)`. */
export function loadedNames({ models }: LoadedNeed<{ readonly total: number }>): string {
  const [first, ...more] = models;
  if (first !== undefined && more.length === 0) return first.name;
  return models.map(({ name, need }) => `${name} (${formatBytes(need.total)})`).join(" and ");
}

/** The parts of a need for people; how a KV cache comes about only where it is that of one model. */
export function loadedText(need: LoadedNeed<MemoryNeed | GpuMemoryNeed>, { models, ollama }: Loading): string {
  const only = need.models.length === 1 ? models.find(({ name }) => name === need.models[0]?.name) : undefined;
  const parts = partsText(need.sum, only && { ollama: ownTuning(only, ollama) });
  // Those that the catalogue lacks count where one of them can be loaded beside the others.
  const beside = ollama.maxLoadedModels > need.models.length ? need.unknown.filter((name) => !findModel(name)) : [];
  return beside.length === 0 ? parts : `${parts} + ${beside.join(" and ")} unknown`;
}
