import type { Measured } from "../../../../operations/measure/measured.ts";
import { format, type LoadRun, type LoadStep } from "../../../../operations/measure/load-run.ts";

const figure = (value: number, spread = 0.02) => ({ value, low: value * (1 - spread), high: value * (1 + spread) });
/** Quantiles that are all the same. */
export const flat = (value: number) => ({
  p50: figure(value),
  p90: figure(value),
  p95: figure(value),
  p99: figure(value),
});

/** A step of the tests, fast enough in all ways. */
export function step(clients: number, changes: Partial<LoadStep> = {}): LoadStep {
  return {
    prompt: "short",
    clients,
    seconds: 60,
    answers: 100,
    failures: {},
    promptTokens: 50,
    cachedShare: 0,
    answerTokens: 64,
    firstToken: flat(0.5),
    queue: flat(0.01),
    betweenTokens: flat(0.05),
    whole: flat(4),
    tokensPerSecond: flat(20),
    promptSeconds: flat(0.2),
    allTokensPerSecond: figure(20 * clients),
    requestsPerSecond: 2,
    goodput: 2,
    others: false,
    ...changes,
  };
}

/** What changes of a run. */
export type RunChanges = Partial<Omit<Measured, "config">> & { readonly config?: Partial<LoadRun["config"]> };

/** A run of the tests before it is known what to make of it. */
export function measured({ config, ...changes }: RunChanges = {}): Measured {
  return {
    format,
    began: "2026-11-28T00:00:00.000Z",
    stack: "prod",
    client: "backend",
    model: "gemma3n:e4b",
    version: { program: "0.1.0", ollama: "0.33.3", image: "ollama/ollama:0.33.3" },
    host: { name: "host", cpus: 8, memoryBytes: 32 * 2 ** 30 },
    config: {
      numParallel: 2,
      maxParallel: null,
      contextLength: 8192,
      threads: 8,
      kvCacheType: "f16",
      flashAttention: "auto",
      cpus: 0,
      memoryBytes: 12 * 2 ** 30,
      neededBytes: 9 * 2 ** 30,
      slotBytes: 2 ** 30,
      gpus: false,
      ...config,
    },
    loaded: { bytes: 9 * 2 ** 30, gpuBytes: 0, contextLength: 8192 },
    method: { seconds: 60, answerTokens: 64, sharedPrefix: false, sloFirstToken: 2, sloTokens: 5 },
    steps: [step(1), step(2), step(4)],
    cut: null,
    ...changes,
  };
}
