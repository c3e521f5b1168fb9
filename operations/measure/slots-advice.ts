import { formatBytes } from "../../support/units.ts";
import type { LoadStep } from "./load-run.ts";
import { mid, rate, seconds, stepsWith, type Advice, type Measured } from "./measured.ts";

/** From how many times as much on more slots have brought more, and up to how many times as much they have brought nothing. */
const [grows, stays] = [1.3, 1.1];

/** Whether more slots, or fewer, would serve better. */
export function slotsAdvice(run: Measured): Advice[] {
  const { numParallel } = run.config;
  const steps = stepsWith(run, run.steps[0]?.prompt ?? "short").filter(({ answers }) => answers > 0);
  const full = steps.findLast(({ clients }) => clients <= numParallel);
  const beyond = steps.find(({ clients }) => clients > numParallel);
  const before = full && steps.findLast(({ clients }) => clients < full.clients);
  if (full === undefined) return [];
  if (before !== undefined) {
    const times = full.allTokensPerSecond.value / before.allTokensPerSecond.value;
    const own = (mid(full.tokensPerSecond) ?? 0) / (mid(before.tokensPerSecond) ?? 1);
    const figures =
      `from ${before.clients} to ${full.clients} clients all together went from ${rate(before.allTokensPerSecond.value)} to ` +
      `${rate(full.allTokensPerSecond.value)}, and one from ${rate(mid(before.tokensPerSecond))} to ${rate(mid(full.tokensPerSecond))}`;
    if (times < stays && own < 1 / grows)
      return [
        { key: "ollama.numParallel", change: `Lower it from ${numParallel} to ${before.clients}`, because: figures },
      ];
    if (times < grows) return [];
    return waits(beyond) ? raise(run, figures) : [];
  }
  if (!waits(beyond) || beyond === undefined) return [];
  return raise(
    run,
    `with ${beyond.clients} clients half of them wait ${seconds(mid(beyond.queue))} of ${seconds(mid(beyond.firstToken))} for their turn`,
  );
}

/** Whether most of the time to the first token is spent waiting. */
function waits(step: LoadStep | undefined): boolean {
  if (step === undefined) return false;
  return (mid(step.queue) ?? 0) > (mid(step.firstToken) ?? Infinity) / 2;
}

function raise(run: Measured, figures: string): Advice[] {
  const { numParallel, neededBytes, slotBytes, memoryBytes, kvCacheType, contextLength } = run.config;
  const wanted = numParallel * 2;
  const change = `Try ${wanted} in place of ${numParallel}, and measure again`;
  if (neededBytes === null || slotBytes === null) {
    const because = `${figures}; how much memory that takes is not known here, and the preflight compares it`;
    return [{ key: "ollama.numParallel", change, because }];
  }
  const need = neededBytes + slotBytes * numParallel;
  const room = memoryBytes ?? run.host.memoryBytes ?? Infinity;
  const sum = `${formatBytes(need)} of ${room === Infinity ? "unknown" : formatBytes(room)} are then needed`;
  if (need <= room) return [{ key: "ollama.numParallel", change, because: `${figures}; ${sum}` }];
  // Twice as many slots of half the size take what is taken now.
  const smaller =
    kvCacheType === "f16" && neededBytes <= room
      ? [
          {
            key: "ollama.kvCacheType",
            change: "Write q8_0, which halves the KV cache, before you raise ollama.numParallel",
            because: `one slot takes ${formatBytes(slotBytes)}; ${sum}`,
          },
        ]
      : [
          {
            key: "ollama.contextLength",
            change: `Lower it from ${contextLength}, if no prompt is that long, or raise memory, before you raise ollama.numParallel`,
            because: `one slot takes ${formatBytes(slotBytes)}; ${sum}`,
          },
        ];
  return [
    { key: "ollama.numParallel", change: `More than ${numParallel} would help, but does not fit`, because: figures },
    ...smaller,
  ];
}
