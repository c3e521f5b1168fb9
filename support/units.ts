/** Bytes in one MiB, the unit in which the Docker provider takes every size. */
export const MiB = 1024 * 1024;

const sizeFactors: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  kib: 1024,
  m: MiB,
  mib: MiB,
  g: 1024 * MiB,
  gib: 1024 * MiB,
};

/**
 * Reads a size in Docker's units, all powers of 1024: `16g`, `16GiB`, `512m`; a bare `0` is zero.
 * @returns bytes, or undefined when the text is not a size
 */
export function parseSize(text: string): number | undefined {
  if (text === "0") return 0;
  const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text);
  const factor = sizeFactors[match?.[2]?.toLowerCase() ?? ""];
  if (match === null || factor === undefined) return undefined;
  const bytes = Number(match[1]) * factor;
  return Number.isInteger(bytes) ? bytes : undefined;
}

const durationFactors: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/**
 * Reads a Go duration such as `30s`, `5m` or `1h30m`; a bare `0` is zero and a leading `-` means "for ever" to Ollama.
 * @returns seconds, or undefined when the text is not a duration
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^-?(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const sign = text.startsWith("-") ? -1 : 1;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  const seconds = [...parts].reduce((sum, part) => sum + Number(part[1]) * (durationFactors[part[2] ?? ""] ?? NaN), 0);
  // Whole milliseconds: 1.1h is 3960.0000000000005 in floating point, which no timer takes.
  return (sign * Math.round(seconds * 1000)) / 1000;
}

/**
 * Writes seconds the way Go prints a duration (`90` becomes `1m30s`).
 *
 * Docker's answer is read back in that form, so any other spelling of the same time shows up as a change after `pulumi refresh`.
 */
export function goDuration(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  if (hours > 0) return `${hours}h${minutes}m${rest}s`;
  if (minutes > 0) return `${minutes}m${rest}s`;
  return `${rest}s`;
}

/** Writes a CPU limit the way Docker's answer is read back (`2` becomes `2.0`), so that `pulumi refresh` shows no change. */
export function cpuLimit(cpus: number): string {
  return Number.isInteger(cpus) ? `${cpus}.0` : String(cpus);
}

/** Writes bytes for people: `7.03 GiB`, `98 MiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** power;
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(3))} ${units[power]}`;
}

/** Writes seconds for people: `45 s`, `2 min 10 s`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** All of some numbers together. */
export function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
