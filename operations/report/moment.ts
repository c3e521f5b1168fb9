/** Writes a moment, seconds since 1970, by this host's clock: `2026-11-28 05:43`. */
export function formatMoment(seconds: number): string {
  // Sweden writes as ISO 8601 has it.
  return new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeStyle: "short" }).format(seconds * 1000);
}

/** Names this host's time zone, which the clocks of whoever reads need not be in: `UTC+09:00, Asia/Seoul`. */
export function formatZone(seconds: number): string {
  const minutes = -new Date(seconds * 1000).getTimezoneOffset();
  const two = (figure: number) => String(Math.floor(figure)).padStart(2, "0");
  const offset = `UTC${minutes < 0 ? "-" : "+"}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name === "UTC" ? offset : `${offset}, ${name}`;
}
