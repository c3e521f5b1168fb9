import { gpusText } from "../../config/gpu-reservation.ts";
import type { ResolvedConfig } from "../../config/resolve.ts";
import { formatBytes } from "../../support/units.ts";
import type { TuneFacts } from "./host-facts.ts";
import { chooseLoad, memoryFor, type Load } from "./choose-load.ts";
import { chooseGpus } from "./choose-gpus.ts";
import { besideServer, GiB, systemMemory } from "./host-share.ts";

/** A value that suits the host better than the one that is configured. */
export interface Change {
  /** Where it stands below `gemma:`. */
  readonly path: readonly string[];
  /** What is to be written; undefined takes the key out. */
  readonly value: string | number | boolean | undefined;
  /** What holds now. */
  readonly from: string | number | boolean;
  readonly reason: string;
}

/** Threads beyond which a server whose models lie on GPUs gains nothing. */
const mostThreadsWithGpu = 8;

/** Cores from which on one is left to the gateway, the engine and the system. */
const leastCoresToShare = 4;

/**
 * The values that suit a host, as far as they are not configured already.
 * @param ownThreads - `ollama.threads` where the stack's file has it
 */
export function propose(facts: TuneFacts, config: ResolvedConfig, ownThreads?: number): Change[] {
  const gpus = chooseGpus(facts, config);
  const cpus = chooseCpus(facts, gpus.value !== "none");
  const room = facts.memory - systemMemory(facts.memory) - besideServer(config);
  const load = chooseLoad({ facts, config, gpus: gpus.reservation, room });
  const wanted: readonly (Change | undefined)[] = [
    change(["gpus"], gpus.value, gpusText(config.gpus), gpus.reason),
    requireNoGpu(config, gpus.value),
    change(["cpus"], String(cpus.value), String(config.cpus), cpus.reason),
    ownThreads === undefined || ownThreads === cpus.value
      ? undefined
      : {
          path: ["ollama", "threads"],
          value: undefined,
          from: ownThreads,
          reason: "the whole CPUs of cpus are as many as help",
        },
    ...memoryChanges(config, load, room),
    ...loadChanges(config, load),
  ];
  return wanted.filter((each) => each !== undefined);
}

function chooseCpus({ cores, sockets }: TuneFacts, withGpu: boolean) {
  const shared = cores >= leastCoresToShare;
  const perSocket = Math.floor(cores / sockets);
  const most = Math.min(shared ? cores - 1 : cores, sockets > 1 ? perSocket : cores);
  if (withGpu && most > mostThreadsWithGpu)
    return {
      value: mostThreadsWithGpu,
      reason: `with models on a GPU more than ${mostThreadsWithGpu} threads only wait`,
    };
  if (sockets > 1)
    return {
      value: most,
      reason: `the cores of one of ${sockets} sockets: threads on another one wait for memory that is not theirs`,
    };
  return {
    value: most,
    reason: shared
      ? `${cores} physical cores, one of them for the gateway, Docker and the system`
      : `all ${cores} physical cores, as there are few`,
  };
}

function requireNoGpu({ readiness }: ResolvedConfig, gpus: string): Change | undefined {
  if (gpus !== "none" || !readiness.requireGpu) return undefined;
  return {
    path: ["readiness", "requireGpu"],
    value: false,
    from: true,
    reason: "without a GPU the gate would never be passed",
  };
}

function memoryChanges(config: ResolvedConfig, load: Load, room: number): (Change | undefined)[] {
  const { need, unknown } = load;
  // What nobody knows cannot be reckoned with.
  if (need === undefined || unknown.length > 0) return [];
  const memory = memoryFor(need, room);
  const reservation = Math.min(memory, Math.ceil(need / GiB));
  const parts = `the models of ${load.places === 1 ? "one place" : `${load.places} places`} take ${formatBytes(need)}`;
  const capped =
    memory * GiB < need * 1.2 ? `, and this host has ${formatBytes(room)} for the server` : ", and a fifth more";
  return [
    change(["memory"], `${memory}GiB`, sizeText(config.memory), `${parts}${capped}`),
    change(
      ["memoryReservation"],
      `${reservation}GiB`,
      sizeText(config.memoryReservation),
      `${parts}, which the host keeps for them`,
    ),
  ];
}

function loadChanges({ ollama }: ResolvedConfig, load: Load): (Change | undefined)[] {
  const { reasons } = load;
  return [
    change(["ollama", "maxLoadedModels"], load.places, ollama.maxLoadedModels, reasons.places),
    change(["ollama", "contextLength"], load.contextLength, ollama.contextLength, reasons.contextLength),
    change(["ollama", "numParallel"], load.numParallel, ollama.numParallel, reasons.numParallel),
    change(["ollama", "kvCacheType"], load.kvCacheType, ollama.kvCacheType, reasons.kvCacheType),
    change(["ollama", "cacheRam"], sizeText(load.cacheRam), sizeText(ollama.cacheRam), reasons.cacheRam),
  ];
}

function change(
  path: readonly string[],
  value: string | number,
  from: string | number,
  reason: string,
): Change | undefined {
  return value === from ? undefined : { path, value, from, reason };
}

/** A size in MiB as a stack's file has it. */
function sizeText(size: number): string {
  if (size === 0) return "0";
  return size % 1024 === 0 ? `${size / 1024}GiB` : `${size}m`;
}

/** A change in one line. */
export function changeText({ path, value, from, reason }: Change): string {
  return `gemma:${path.join(".")}: ${from} -> ${value ?? "left out"}: ${reason}`;
}
