import { describe, expect, it } from "vitest";
import { adviceOf } from "../../../../operations/measure/advice.ts";
import { flat, measured, step, type RunChanges } from "./measured-run.ts";

const advice = (changes: RunChanges = {}) => adviceOf(measured(changes));
const keys = (changes: RunChanges = {}) => advice(changes).map(({ key, change }) => `${key}: ${change}`);
const good = "clients: Up to 4 at a time get what was asked for with short prompts";

const waiting = step(4, { queue: flat(1.5), firstToken: flat(1.9) });
const total = (value: number) => ({ value, low: value, high: value });
/** Two clients have nearly twice the tokens of one, and four wait. */
const wantsMore = [step(1), step(2, { allTokensPerSecond: total(38) }), waiting];

describe("what to change", () => {
  it("is nothing but what the server takes, where all is well", () => {
    expect(keys()).toEqual([good]);
    expect(advice({ steps: [] })).toEqual([]);
  });

  it("begins with the clients that are served fast enough, and what becomes of more", () => {
    const steps = [
      step(1),
      step(2),
      step(4, { firstToken: flat(3) }),
      step(1, { prompt: "long", tokensPerSecond: flat(4) }),
    ];
    expect(advice({ steps }).slice(0, 2)).toEqual([
      {
        key: "clients",
        change: "Up to 2 at a time get what was asked for with short prompts",
        because:
          "a first token within 2 s for 95 of 100 and 5 tokens/s for half: with 4 it is 3.00 s and 20.0 tokens/s",
      },
      {
        key: "clients",
        change: "Not even 1 at a time get what was asked for with long prompts",
        because:
          "a first token within 2 s for 95 of 100 and 5 tokens/s for half: with 1 it is 0.500 s and 4.0 tokens/s",
      },
    ]);
  });

  it("is more slots where they bring more and requests wait, as far as memory holds them", () => {
    const more = (config: RunChanges["config"]) => advice({ steps: wantsMore, ...(config && { config }) }).slice(1);
    const figures =
      "from 1 to 2 clients all together went from 20.0 tokens/s to 38.0 tokens/s, and one from 20.0 tokens/s to 20.0 tokens/s";
    expect(more({})).toEqual([
      {
        key: "ollama.numParallel",
        change: "Try 4 in place of 2, and measure again",
        because: `${figures}; 11 GiB of 12 GiB are then needed`,
      },
    ]);
    expect(more({ memoryBytes: 10 * 2 ** 30 })).toEqual([
      { key: "ollama.numParallel", change: "More than 2 would help, but does not fit", because: figures },
      {
        key: "ollama.kvCacheType",
        change: "Write q8_0, which halves the KV cache, before you raise ollama.numParallel",
        because: "one slot takes 1 GiB; 11 GiB of 10 GiB are then needed",
      },
    ]);
    expect(more({ memoryBytes: 10 * 2 ** 30, kvCacheType: "q8_0" })[1]?.key).toBe("ollama.contextLength");
    expect(more({ neededBytes: null })[0]?.because).toBe(
      `${figures}; how much memory that takes is not known here, and the preflight compares it`,
    );
  });

  it("is more slots of one, where clients wait for it", () => {
    const steps = [step(1), step(2, { queue: flat(1.5), firstToken: flat(1.9) })];
    expect(advice({ steps, config: { numParallel: 1 } })[1]).toEqual({
      key: "ollama.numParallel",
      change: "Try 2 in place of 1, and measure again",
      because: "with 2 clients half of them wait 1.50 s of 1.90 s for their turn; 10 GiB of 12 GiB are then needed",
    });
  });

  it("is fewer slots where they bring nothing and slow each answer down", () => {
    const steps = [step(1), step(2, { allTokensPerSecond: total(21), tokensPerSecond: flat(10) }), waiting];
    expect(keys({ steps })).toEqual([good, "ollama.numParallel: Lower it from 2 to 1"]);
  });

  it.each<[string, RunChanges, string]>([
    ["too many threads", { config: { threads: 16 } }, "ollama.threads: Lower it from 16 to 8, and measure again"],
    [
      "too few threads for the limit",
      { config: { threads: 2, cpus: 4.5 } },
      "ollama.threads: Raise it from 2 to 4, and measure again",
    ],
    [
      "a limit of the client's own",
      { config: { maxParallel: 1 } },
      "gateway.clients: Raise maxParallel of backend, or measure as another client, to see all that the server can do",
    ],
    [
      "slow answers under a CPU limit",
      { config: { cpus: 4, threads: 4 }, steps: [step(1, { tokensPerSecond: flat(4) })] },
      "cpus: Raise it from 4; the host has 8",
    ],
    [
      "slow answers of all CPUs",
      { steps: [step(1, { tokensPerSecond: flat(4) })] },
      "gpus: Use a GPU, or a smaller model",
    ],
    [
      "long reading of prompts",
      { steps: [step(1, { firstToken: flat(5), promptSeconds: flat(4.9) })] },
      "gpus: Use a GPU, or send shorter prompts, or such as begin alike",
    ],
    [
      "a model that the GPU holds in part",
      { config: { gpus: true }, loaded: { bytes: 100, gpuBytes: 60, contextLength: 8192 } },
      "gpus: Lower ollama.contextLength or ollama.numParallel, write kvCacheType q8_0, or use a GPU with more memory",
    ],
    [
      "a context that is full",
      { loaded: { bytes: 1, gpuBytes: 0, contextLength: 114 } },
      "ollama.contextLength: Raise it from 114, or keep prompts and answers shorter",
    ],
    [
      "refused requests",
      { steps: [step(4, { failures: { "status 429": 3 } })] },
      "gateway.maxQueue: Have the client send fewer requests at once, or raise its maxQueue",
    ],
    [
      "other failures",
      { steps: [step(4, { failures: { "status 500": 3 } })] },
      "failures: Look at the logs of the gateway and the server of that time",
    ],
    ["few answers", { steps: [step(4, { answers: 29 })] }, "--seconds: Raise it from 60 before you trust p95 and p99"],
    [
      "a cache that helped unasked",
      { steps: [step(4, { cachedShare: 0.6 })] },
      "--prompt: Take the times to the first token for better than they are",
    ],
    [
      "answers that ended early",
      { steps: [step(4, { answerTokens: 20 })] },
      "--answer-tokens: Compare this run with none of another model",
    ],
    ["others who asked", { steps: [step(4, { others: true })] }, "--force: Measure again while nobody else asks"],
  ])("tells of %s", (_, changes, wanted) => {
    expect(keys(changes).slice(1)).toEqual([wanted]);
  });
});
