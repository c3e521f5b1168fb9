import { parseDuration } from "../../support/units.ts";
import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";
import type { PromptKind } from "./prompt.ts";

/** The options of `load` as they were written. */
export type LoadWords = Readonly<
  Partial<Record<"steps" | "seconds" | "prompt" | "answer-tokens" | "slo-ttft" | "slo-tokens", string>>
>;

/** How a run is to be done. */
export interface LoadPlan {
  /** Numbers of clients, in the order in which they are tried. */
  readonly steps: readonly number[];
  /** Of each step. */
  readonly seconds: number;
  readonly prompts: readonly PromptKind[];
  readonly answerTokens: number;
  /** What counts as fast enough: seconds to the first token, and tokens per second of one answer. */
  readonly slo: { readonly firstToken: number; readonly tokens: number };
}

const mostClients = 1024;

/**
 * Reads the options of `load`.
 * @param numParallel - slots of the server: by default up to twice as many clients ask
 * @throws Failure that names the option, what it got and what to write
 */
export function loadPlan(words: LoadWords, numParallel: number): LoadPlan {
  const { steps, prompt = "both" } = words;
  return {
    steps: steps === undefined ? defaultSteps(numParallel) : stepsIn(steps),
    seconds: secondsIn("seconds", words.seconds ?? "60"),
    prompts: promptsIn(prompt),
    answerTokens: wholeIn("answer-tokens", words["answer-tokens"] ?? "64", 100_000),
    slo: {
      firstToken: secondsIn("slo-ttft", words["slo-ttft"] ?? "2"),
      tokens: numberIn("slo-tokens", words["slo-tokens"] ?? "5"),
    },
  };
}

/** 1, 2, 4 and so on, up to twice the slots. */
export function defaultSteps(numParallel: number): readonly number[] {
  const most = numParallel * 2;
  const powers = Array.from({ length: Math.floor(Math.log2(most)) + 1 }, (_, power) => 2 ** power);
  return [...new Set([...powers, numParallel, most])].toSorted((one, other) => one - other);
}

function stepsIn(text: string): readonly number[] {
  const steps = text
    .split(",")
    .map((step) => wholeIn("steps", step, mostClients, "numbers of clients, for example 1,2,4"));
  return [...new Set(steps)].toSorted((one, other) => one - other);
}

function promptsIn(text: string): readonly PromptKind[] {
  if (text === "both") return ["short", "long"];
  if (text === "short" || text === "long") return [text];
  throw wrong("prompt", text, "short, long or both");
}

function secondsIn(name: string, text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDuration(text);
  if (seconds === undefined || seconds <= 0) throw wrong(name, text, "a time above 0, for example 60 or 2m");
  return seconds;
}

function numberIn(name: string, text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw wrong(name, text, "a number, for example 5");
  return Number(text);
}

function wholeIn(name: string, text: string, most: number, what = `a whole number from 1 to ${most}`): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : 0;
  if (value < 1 || value > most) throw wrong(name, text, what);
  return value;
}

function wrong(name: string, got: string, write: string): Failure {
  return new Failure(`--${name} got ${JSON.stringify(got)}: write ${write}`, exitStatus.usage);
}
