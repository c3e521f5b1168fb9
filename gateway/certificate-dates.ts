const day = 24 * 3600 * 1000;

/** Days before its end from which on a certificate is warned of. */
export const warningDays = 30;

/** How long something lasts, to stand behind its name. */
export function lifetime(ends: Date, now: Date): string {
  const days = daysUntil(ends, now);
  return `${days < 0 ? "has ended" : `ends in ${days} days`}, on ${dateOf(ends)}`;
}

/** Whole days until a moment, negative when it is past. */
export function daysUntil(moment: Date, now = new Date()): number {
  return Math.floor((moment.getTime() - now.getTime()) / day);
}

/** A day as people write it, `2026-11-24`. */
export function dateOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}
