import { exitStatus } from "../../support/exit-status.ts";
import { Failure } from "../../support/failure.ts";

/** A stretch of time that is looked at, seconds since 1970, in equal steps. */
export interface TimeRange {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

const factors: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 7 * 86_400 };
const least = 5 * 60;
const most = 366 * 86_400;

/** About how many figures a line has: more of them do not show. */
const figures = 240;

/**
 * The time that ends now and began as long ago as a text such as `24h` or `7d` says.
 * @throws Failure that says how such a text is written
 */
export function timeRange(since: string, now: number): TimeRange {
  const match = /^(\d+)([mhdw])$/.exec(since);
  const length = Number(match?.[1]) * (factors[match?.[2] ?? ""] ?? NaN);
  if (!(length >= least && length <= most))
    throw new Failure(
      `--since is ${JSON.stringify(since)}, which is no time from 5m to 366d: write a number and m, h, d or w, for example 24h or 7d`,
      exitStatus.usage,
    );
  const step = Math.max(15, Math.ceil(length / figures));
  const end = Math.floor(now);
  return { start: end - Math.floor(length / step) * step, end, step };
}

/** How long it is, in Prometheus's words. */
export function lengthOf({ start, end }: TimeRange): string {
  return `${end - start}s`;
}
