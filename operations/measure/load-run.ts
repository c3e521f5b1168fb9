import * as z from "zod";

/** Version of the format; a field may be added to it, and none is removed or changes its meaning. */
export const format = "load/1";

const figure = z.object({ value: z.number(), low: z.number().nullable(), high: z.number().nullable() });
const quantiles = z.object({ p50: figure, p90: figure, p95: figure, p99: figure }).nullable();

const step = z.object({
  prompt: z.enum(["short", "long"]),
  clients: z.int(),
  /** How long it took, seconds. */
  seconds: z.number(),
  /** Answers that came whole. */
  answers: z.int(),
  /** How often each failure was seen. */
  failures: z.record(z.string(), z.int()),
  /** Means over the answers; the share of the prompt that the cache had is null where the server does not tell. */
  promptTokens: z.number(),
  cachedShare: z.number().nullable(),
  answerTokens: z.number(),
  /** Seconds until the first part of an answer came. */
  firstToken: quantiles,
  /** Seconds of that in which the request waited for its turn. */
  queue: quantiles,
  /** Seconds between two parts of an answer. */
  betweenTokens: quantiles,
  /** Seconds until all of it was there. */
  whole: quantiles,
  /** Tokens per second of one answer from its first part on; p95 is what 95 of 100 reach. */
  tokensPerSecond: quantiles,
  /** Seconds in which the server read the prompt. */
  promptSeconds: quantiles,
  /** Tokens of all answers per second. */
  allTokensPerSecond: figure,
  /** Answers per second, and those among them that came as fast as was asked for. */
  requestsPerSecond: z.number(),
  goodput: z.number(),
  /** Whether others asked meanwhile. */
  others: z.boolean(),
});

const loadRun = z.object({
  format: z.literal(format),
  /** When it began. */
  began: z.iso.datetime(),
  stack: z.string(),
  client: z.string().nullable(),
  model: z.string(),
  version: z.object({ program: z.string(), ollama: z.string(), image: z.string() }),
  host: z.object({ name: z.string(), cpus: z.int().nullable(), memoryBytes: z.number().nullable() }),
  /** The keys that matter, as the stack's file has them; bytes, and null for none. */
  config: z.object({
    numParallel: z.int(),
    maxParallel: z.int().nullable(),
    contextLength: z.int(),
    threads: z.int().nullable(),
    kvCacheType: z.enum(["f16", "q8_0", "q4_0"]),
    flashAttention: z.string(),
    cpus: z.number(),
    memoryBytes: z.number().nullable(),
    /** Memory that the models take by config/models.json, and what one more slot adds; null where it is unknown. */
    neededBytes: z.number().nullable(),
    slotBytes: z.number().nullable(),
    gpus: z.boolean(),
  }),
  /** The model in memory as Ollama reckons it; null where the client may not look. */
  loaded: z.object({ bytes: z.number(), gpuBytes: z.number(), contextLength: z.int().nullable() }).nullable(),
  method: z.object({
    seconds: z.number(),
    answerTokens: z.int(),
    sharedPrefix: z.boolean(),
    /** What counts as fast enough: seconds to the first token, and tokens per second of one answer. */
    sloFirstToken: z.number(),
    sloTokens: z.number(),
  }),
  steps: z.array(step),
  /** Why steps are missing; null where all were taken. */
  cut: z.string().nullable(),
  advice: z.array(z.object({ key: z.string(), change: z.string(), because: z.string() })),
});

/** A run of `load`, as load.json has it. */
export type LoadRun = z.infer<typeof loadRun>;
/** One step of it. */
export type LoadStep = z.infer<typeof step>;

/**
 * Reads a run from the text of its file.
 * @throws Error that says what is wrong with it
 */
export function parseRun(text: string): LoadRun {
  const value = JSON.parse(text) as { format?: unknown } | null;
  if (value?.format !== format)
    throw new Error(`its format is ${JSON.stringify(value?.format ?? null)}, and this program reads ${format}`);
  const { data, error } = loadRun.safeParse(value);
  if (data === undefined) throw new Error(z.prettifyError(error));
  return data;
}
