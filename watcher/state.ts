import type { Action, Fault } from "./fault.ts";
import type { Probed } from "./observation.ts";

/** A fault from when it was noticed until it is gone. */
export interface ActiveFault {
  readonly since: number;
  readonly reason: string;
  /** Model that it is of. */
  readonly model?: string | undefined;
  /** What was done last. */
  readonly tried?: { readonly action: Exclude<Action, "none">; readonly at: number } | undefined;
  /** Since when nothing is done any more. */
  readonly toldAt?: number | undefined;
}

/** What the watcher remembers from look to look; times are seconds of any clock that does not go back. */
export interface State {
  readonly startedAt: number;
  readonly process?: { readonly id: number; readonly since: number } | undefined;
  /** Time and number of looks since the server last told its version. */
  readonly silent?: { readonly since: number; readonly looks: number } | undefined;
  readonly progress?: { readonly requests: number; readonly runnerSeconds: number; readonly at: number } | undefined;
  /** When each model last answered somebody. */
  readonly answered: Readonly<Record<string, number>>;
  /** When each model was last asked by the watcher and something came of it. */
  readonly asked: Readonly<Record<string, number>>;
  /** Answers by model, as they were counted last. */
  readonly finished: Readonly<Record<string, number>>;
  /** Failed requests by model, as they were counted last, and those since the last that did not fail. */
  readonly failed: Readonly<Record<string, number>>;
  readonly failing: Readonly<Record<string, number>>;
  readonly probe?: { readonly model: string; readonly at: number; readonly loaded: boolean } | undefined;
  /** Questions in a row that failed, by model. */
  readonly failures: Readonly<Record<string, number>>;
  readonly lastProbe?: Probed | undefined;
  /** Greatest share of each model that was seen on GPUs. */
  readonly onGpu: Readonly<Record<string, number>>;
  readonly oomKills?: number | undefined;
  readonly active: Readonly<Partial<Record<Fault, ActiveFault>>>;
  /** Times of the actions of the last hour. */
  readonly actions: readonly number[];
  readonly lastAction?: { readonly action: Exclude<Action, "none">; readonly fault: Fault; readonly at: number };
}

/** The state before the first look. */
export function initialState(now: number): State {
  return {
    startedAt: now,
    answered: {},
    asked: {},
    finished: {},
    failed: {},
    failing: {},
    failures: {},
    onGpu: {},
    active: {},
    actions: [],
  };
}
