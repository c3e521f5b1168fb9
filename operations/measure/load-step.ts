import type { Loop, LoopPlan } from "./closed-loop.ts";
import type { Sample } from "./load-request.ts";
import type { LoadStep } from "./load-run.ts";
import type { PromptKind } from "./prompt.ts";
import { meanOf, quantilesOf, type Quantiles } from "./quantiles.ts";

/** What counts as fast enough. */
export interface Slo {
  /** Seconds until the first token. */
  readonly firstToken: number;
  /** Tokens per second of one answer. */
  readonly tokens: number;
}

/** Into how many parts the time of a step is cut to see how much it varies. */
const slices = 10;

/** Works out the figures of a step. */
export function stepOf(
  { clients }: Pick<LoopPlan, "clients">,
  prompt: PromptKind,
  { samples, began, ended }: Loop,
  { slo, others }: { slo: Slo; others: boolean },
): LoadStep {
  const whole = samples.filter(({ failure }) => failure === undefined);
  const seconds = (ended - began) / 1000;
  const cached = whole.flatMap(({ cachedTokens }) => cachedTokens ?? []);
  return {
    prompt,
    clients,
    seconds,
    answers: whole.length,
    failures: countFailures(samples),
    promptTokens: mean(whole.map(({ promptTokens }) => promptTokens)),
    cachedShare: cached.length === 0 ? null : mean(cached) / Math.max(1, mean(whole.map((one) => one.promptTokens))),
    answerTokens: mean(whole.map(({ answerTokens }) => answerTokens)),
    firstToken: inSeconds(whole.map(firstToken)),
    queue: inSeconds(whole.map((one) => Math.max(0, firstToken(one) - one.promptTime - one.loadTime))),
    betweenTokens: inSeconds(
      whole.flatMap(({ parts }) => parts.slice(1).map((part, index) => part - (parts[index] ?? part))),
    ),
    whole: inSeconds(whole.map((one) => one.ended - one.began)),
    tokensPerSecond:
      quantilesOf(
        whole.flatMap((one) => rate(one) ?? []),
        "more",
      ) ?? null,
    promptSeconds: inSeconds(whole.map(({ promptTime }) => promptTime)),
    allTokensPerSecond: meanOf(tokensBySlice(whole, began, ended)),
    requestsPerSecond: whole.length / seconds,
    goodput: whole.filter((one) => isGood(one, slo)).length / seconds,
    others,
  };
}

/** Milliseconds until something was said; until the end where nothing was. */
function firstToken({ began, ended, parts: [first = ended] }: Sample): number {
  return first - began;
}

/** Tokens per second after the first; undefined where one came at most. */
function rate({ ended, parts: [first = ended], answerTokens }: Sample): number | undefined {
  return answerTokens < 2 || ended <= first ? undefined : (answerTokens - 1) / ((ended - first) / 1000);
}

function isGood(one: Sample, slo: Slo): boolean {
  return firstToken(one) <= slo.firstToken * 1000 && (rate(one) ?? Infinity) >= slo.tokens;
}

/** Tokens per second in each slice of the time; a server counts them for a whole answer, so that each part of it has its share. */
function tokensBySlice(whole: readonly Sample[], began: number, ended: number): number[] {
  const length = (ended - began) / slices;
  const counts = Array.from({ length: slices }, () => 0);
  for (const { parts, answerTokens } of whole)
    for (const part of parts) {
      const slice = Math.min(slices - 1, Math.floor((part - began) / length));
      counts[slice] = (counts[slice] ?? 0) + answerTokens / parts.length;
    }
  return counts.map((count) => count / (length / 1000));
}

function inSeconds(milliseconds: readonly number[]): Quantiles | null {
  return quantilesOf(milliseconds.map((time) => time / 1000)) ?? null;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function countFailures(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { failure } of samples) if (failure !== undefined) counts[failure] = (counts[failure] ?? 0) + 1;
  return counts;
}
