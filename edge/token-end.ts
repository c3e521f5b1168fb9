/** Until when a token works once there is a newer one; all in seconds since 1970. */
export interface TokenEnd {
  /** When the newer one came. */
  readonly rotated: number;
  /** The end that was given then, which no longer overlap puts off. */
  readonly latest: number;
  readonly ends: number;
}

/** Arguments of {@link tokenEnd}. */
export interface TokenEndArgs {
  /** What {@link endText} made of it before; undefined as the newer one comes. */
  readonly recorded: string | undefined;
  /** How long it may work beside the newer one, seconds. */
  readonly overlap: number;
  /** Seconds since 1970. */
  readonly now: number;
}

/** The end of a token under the overlap of today: sooner than the recorded one where that is shorter, never later. */
export function tokenEnd({ recorded, overlap, now }: TokenEndArgs): TokenEnd {
  // Earlier versions recorded the moment of the rotation alone.
  const [rotated = now, latest = rotated + overlap, ends = latest] = (recorded ?? "").match(/\d+/g)?.map(Number) ?? [];
  return { rotated, latest, ends: ends <= now ? ends : Math.min(latest, rotated + overlap) };
}

/** An end as it is recorded. */
export function endText({ rotated, latest, ends }: TokenEnd): string {
  return [rotated, latest, ends].join(" ");
}

/** When a token ends by its record, seconds since 1970; long ago when that cannot be read. */
export function recordedEnd(text: string): number {
  const [, , ends = 0] = text.match(/\d+/g)?.map(Number) ?? [];
  return ends;
}
