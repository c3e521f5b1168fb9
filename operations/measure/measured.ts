import type { LoadRun, LoadStep } from "./load-run.ts";

/** What to change, and the figures that say so. */
export type Advice = LoadRun["advice"][number];

/** A run before it is known what to make of it. */
export type Measured = Omit<LoadRun, "advice">;

/** The steps of a run with one kind of prompt. */
export const stepsWith = (run: Measured, kind: LoadStep["prompt"]) => run.steps.filter(({ prompt }) => prompt === kind);

/** The middle one of some figures. */
export const mid = (quantiles: LoadStep["firstToken"]) => quantiles?.p50.value;

/** Seconds for people. */
export const seconds = (value: number | undefined) => (value === undefined ? "no figure" : `${value.toPrecision(3)} s`);

/** Tokens per second for people. */
export const rate = (value: number | undefined) => (value === undefined ? "no figure" : `${value.toFixed(1)} tokens/s`);
