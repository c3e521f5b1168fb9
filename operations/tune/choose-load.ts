import { findModel } from "../../config/catalogue.ts";
import { embedsAlone } from "../../config/purposes.ts";
import { gpuNeed, hostNeed } from "../../config/loaded-models.ts";
import type { GpuReservation } from "../../config/gpu-reservation.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { formatBytes, MiB, sum } from "../../support/units.ts";
import type { TuneFacts } from "./host-facts.ts";
import { GiB } from "./host-share.ts";

/** What may be loaded at once, and how. */
export interface Load {
  readonly places: number;
  readonly contextLength: number;
  readonly numParallel: number;
  readonly kvCacheType: "f16" | "q8_0" | "q4_0";
  /** MiB. */
  readonly cacheRam: number;
  /** Host memory that it takes, bytes; undefined where the catalogue knows none of the models. */
  readonly need: number | undefined;
  /** Models that the catalogue lacks, or a part of whose need is unknown. */
  readonly unknown: readonly string[];
  readonly reasons: Readonly<Record<"places" | "contextLength" | "numParallel" | "kvCacheType" | "cacheRam", string>>;
}

interface Question {
  readonly facts: TuneFacts;
  readonly config: ResolvedConfig;
  readonly gpus: GpuReservation;
  /** Host memory that the server can have, bytes. */
  readonly room: number;
}

type Candidate = Pick<Load, "places" | "contextLength" | "numParallel" | "kvCacheType">;

/** Contexts below which documents do not fit, the most wanted first. */
const contexts = [8192, 4096] as const;

/** MiB of prompt cache of each runner. */
const cacheSizes = { ample: 2048, some: 1024, least: 512 } as const;

/** The first choice that fits the host: more models at once before more context, more context before more requests at once. */
export function chooseLoad(question: Question): Load {
  const { config, facts, room } = question;
  const all = [...candidates(question)];
  const fitting = all.find((candidate) => fits(question, candidate));
  const chosen = fitting ?? all.at(-1);
  if (chosen === undefined) throw new Error("a stack has one model at least");
  const least = needOf(question, chosen, cacheSizes.least);
  const spare = room - (least?.total ?? 0);
  // What nobody knows cannot be reckoned with.
  const cacheRam =
    least === undefined || least.unknown.length > 0 ? config.ollama.cacheRam : cacheFor(spare, chosen.places);
  const need = needOf(question, chosen, cacheRam);
  const free = `this host has ${formatBytes(room)} for the server`;
  const held = fitting === undefined ? `${free}, and even that is too little` : `${free}${gpuText(question)}`;
  return {
    ...chosen,
    cacheRam,
    need: need?.total,
    unknown: need?.unknown ?? config.models.map(({ name }) => name),
    reasons: {
      places: `${held}, which is as many models as it holds at once`,
      contextLength: `${held}; ${chosen.contextLength} tokens are as long as it holds of what is asked for`,
      numParallel: withGpu(question)
        ? `a GPU answers ${chosen.numParallel} requests together nearly as fast as one`
        : `${facts.cores} cores answer ${chosen.numParallel} at once before each becomes too slow`,
      kvCacheType:
        chosen.kvCacheType === "f16" ? `${held}, enough for full precision` : `${held}; it halves the KV cache`,
      cacheRam: `${formatBytes(Math.max(spare, 0))} are left beside the models; prompts that come again are not read again`,
    },
  };
}

/** Prompt cache of each runner, MiB, of memory that is left; some of it stays free. */
function cacheFor(spare: number, places: number): number {
  const { ample, some, least } = cacheSizes;
  if (spare > 8 * GiB + ample * MiB * places) return ample;
  return spare > 4 * GiB + some * MiB * places ? some : least;
}

/** A limit for what is needed, GiB: a fifth more, as far as the host has it. */
export function memoryFor(need: number, room: number): number {
  return Math.max(Math.ceil(need / GiB), Math.min(Math.floor(room / GiB), Math.ceil((need * 1.2) / GiB)));
}

const withGpu = ({ gpus }: Question) => gpus.kind !== "none";

function* candidates(question: Question): Generator<Candidate> {
  const { config, facts } = question;
  const preloaded = config.models.filter(({ preload }) => preload).length;
  const longest = Math.min(
    ...config.models
      .filter(({ contextLength, for: purposes }) => contextLength === undefined && !embedsAlone(purposes))
      .map(({ name }) => findModel(name)?.contextLength ?? Infinity),
  );
  // What the operator asked for comes first.
  const asked = [...new Set([config.ollama.contextLength, ...contexts])];
  const lengths = asked.filter((length) => length <= config.ollama.contextLength && length <= longest);
  const parallel = parallels(withGpu(question) ? 4 : facts.cores >= 16 ? 4 : facts.cores >= 8 ? 2 : 1);
  const types = config.ollama.flashAttention === "off" ? (["f16"] as const) : (["f16", "q8_0"] as const);
  for (let places = config.models.length; places >= Math.max(1, preloaded); places--)
    for (const contextLength of lengths.length === 0 ? [config.ollama.contextLength] : lengths)
      for (const numParallel of parallel)
        for (const kvCacheType of types) yield { places, contextLength, numParallel, kvCacheType };
}

function parallels(most: number): number[] {
  return most === 1 ? [1] : [most, ...parallels(most / 2)];
}

function fits(question: Question, candidate: Candidate): boolean {
  const { facts, gpus, room } = question;
  const need = needOf(question, candidate, cacheSizes.least);
  if (need !== undefined && need.total > room) return false;
  const onGpu = gpuNeed(loading(question, candidate, cacheSizes.least));
  if (onGpu === undefined || gpus.kind === "none") return true;
  const reserved = gpus.kind === "devices" ? gpus.ids.length : gpus.count;
  const there = sum(facts.gpus.toSorted((a, b) => a - b).slice(0, reserved < 0 ? facts.gpus.length : reserved));
  const unknown = onGpu.models.filter(({ name }) => onGpu.unknown.includes(name));
  // Weights of which nobody has told how many a GPU takes are taken to lie there as a whole.
  return onGpu.sum.total + sum(unknown.map(({ name }) => findModel(name)?.bytes ?? 0)) <= there;
}

function loading({ config, gpus }: Question, candidate: Candidate, cacheRam: number) {
  const { places, ...tuning } = candidate;
  return { models: config.models, gpus, ollama: { ...config.ollama, ...tuning, maxLoadedModels: places, cacheRam } };
}

function needOf(question: Question, candidate: Candidate, cacheRam: number) {
  const { sum: need, models, unknown } = hostNeed(loading(question, candidate, cacheRam));
  return models.length === 0 ? undefined : { total: need.total, unknown };
}

function gpuText({ facts, gpus }: Question): string {
  return gpus.kind === "none" ? "" : ` and ${facts.gpus.map((bytes) => formatBytes(bytes)).join(" + ")} on its GPUs`;
}
