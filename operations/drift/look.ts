import type { Difference } from "./compare.ts";

/** What came of comparing one part of what was deployed. */
export interface Look {
  /** What was compared, in words. */
  readonly compared?: readonly string[];
  readonly differences?: readonly Difference[];
  /** What could not be told. */
  readonly untold?: readonly string[];
  /** What was not looked at, as asked or as there is nothing to compare it with. */
  readonly leftOut?: readonly string[];
}
