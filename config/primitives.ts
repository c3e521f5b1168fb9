import * as z from "zod";
import { MiB, parseDuration, parseSize } from "../support/units.ts";
import { parseModelName } from "./model-name.ts";

/**
 * A whole number, read from YAML or from Pulumi's config, where every scalar is text.
 *
 * No zero in front: some readers of YAML take such a number for an octal one.
 */
export function integer(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER) {
  const allowed = maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`;
  return z
    .union([z.string(), z.number()], { error: `write a whole number, ${allowed}` })
    .transform((value) => (/^-?(0|[1-9]\d*)$/.test(String(value)) ? Number(value) : NaN))
    .refine((value) => value >= minimum && value <= maximum, `write a whole number, ${allowed}`);
}

/** A number of zero or more, with decimals. */
export function decimal() {
  return z
    .union([z.string(), z.number()], { error: "write a number of 0 or more" })
    .transform((value) => (/^\d+(\.\d+)?$/.test(String(value)) ? Number(value) : NaN))
    .refine((value) => !Number.isNaN(value), {
      error: "write a number of 0 or more, for example 2 or 1.5",
      abort: true,
    });
}

/** A limit of CPUs, of which Docker takes hundredths; 0 for none. */
export const cpus = decimal().refine(
  (value) => value === 0 || value >= 0.01,
  "write 0.01 or more, Docker's least, or 0 for none",
);

/** `true` or `false`. */
export function boolean() {
  return z
    .union([z.boolean(), z.enum(["true", "false"])], { error: "write true or false" })
    .transform((value) => value === true || value === "true");
}

/** One of a few words. */
export function word<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: `write one of ${words.join(", ")}` });
}

/** Text that reaches a container: no stray quotes, which Docker would take as part of the value, and no line breaks. */
export const plainText = z
  .string({ error: "write text" })
  .refine((value) => !/^["']|["']$/.test(value), {
    error: "remove the quotes around it: they would become part of the value",
    abort: true,
  })
  .refine((value) => !/[\n\r\0]/.test(value), { error: "write it on one line", abort: true });

/** More MiB the runner cannot count. */
const mostMiB = 2 ** 30;

/** A size in Docker's units, turned into whole MiB. */
export const sizeMiB = z
  .union([z.string(), z.number()], { error: "write a size with its unit, for example 16GiB or 512m" })
  .transform((value) => (parseSize(String(value)) ?? NaN) / MiB)
  .refine(Number.isInteger, {
    error: "write a size of whole MiB with its unit, for example 16GiB or 512m (units are powers of 1024)",
    abort: true,
  })
  .refine((size) => size <= mostMiB, `write ${mostMiB / 1024}GiB or less`);

/** As {@link sizeMiB}, of so many MiB at least. */
export function sizeFrom(least: number) {
  return sizeMiB.refine((size) => size >= least, `write ${least}m or more`);
}

function durationThat(accepts: (seconds: number) => boolean, allowed: string) {
  const message = `write a duration with its unit, for example 30s, 5m or 1h30m; ${allowed}`;
  return z
    .union([z.string(), z.number()], { error: message })
    .transform((value) => String(value))
    .refine((value) => accepts(inSeconds(value)), message);
}

function inSeconds(duration: string): number {
  return parseDuration(duration) ?? NaN;
}

// Go counts nanoseconds in 63 bits: a little more than this, and Ollama takes its default instead, without a word.
const longest = 2_500_000 * 3600;

/** How long Ollama keeps a model: zero unloads at once, a negative duration keeps it for ever. */
export const keepAlive = durationThat(
  (seconds) => Math.abs(seconds) <= longest,
  "0 unloads at once, -1s keeps it for ever",
);

/** A duration of zero or more, as Go writes it. */
export const duration = durationThat((seconds) => seconds >= 0 && seconds <= longest, "0 or more");

/** A duration of whole seconds up to a year, turned into seconds. */
export const wholeSeconds = durationThat(
  (seconds) => Number.isInteger(seconds) && seconds >= 0 && seconds <= 8760 * 3600,
  "whole seconds, 0 to 8760h",
).transform(inSeconds);

/** A duration above zero, turned into seconds; timers run for 24 days at most. */
export const positiveSeconds = durationThat(
  (seconds) => seconds > 0 && seconds <= 168 * 3600,
  "more than 0, at most 168h",
).transform(inSeconds);

/** A duration above zero, up to a day, turned into seconds. */
export const answerSeconds = durationThat(
  (seconds) => seconds > 0 && seconds <= 24 * 3600,
  "more than 0, at most 24h",
).transform(inSeconds);

/** A content digest. */
export const digest = z
  .string({ error: "write sha256: and 64 hexadecimal digits" })
  .regex(/^sha256:[0-9a-f]{64}$/, "write sha256: and 64 hexadecimal digits");

/** `[namespace/]model:tag`; `latest` moves, so it is not a name for a model that has to stay the same. */
export const modelName = z
  .string({ error: "write model:tag, for example gemma3n:e4b" })
  .refine((name) => parseModelName(name) !== undefined, {
    error: "write model:tag, for example gemma3n:e4b",
    abort: true,
  })
  .refine(
    (name) => !name.endsWith(":latest"),
    "name a tag that does not move instead of latest, for example gemma3n:e4b",
  );

const reference =
  /^(?!sha256:)[a-z0-9._-]+(:\d+)?(\/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?$/;
const imageExample = "for example ollama/ollama:0.33.3, with @sha256:… behind it to pin it";

const isImageId = (value: string) => digest.safeParse(value).success;

/** An image: a name with tag or digest, or `sha256:…` for the ID of an image that was loaded from a file. */
export const image = z
  .string({ error: `write an image, ${imageExample}` })
  .refine((value) => isImageId(value) || reference.test(value), {
    error: `write an image, ${imageExample}, or sha256:… for the ID of a loaded one`,
    abort: true,
  })
  .refine((value) => !/:latest(@|$)/.test(value), `name a version instead of latest, ${imageExample}`)
  .refine(
    (value) => isImageId(value) || /:[^/]+$/.test(value),
    `name a version: without one Docker takes latest; ${imageExample}`,
  );
