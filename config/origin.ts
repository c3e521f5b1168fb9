import { plainText } from "./primitives.ts";

const example = "write * or an origin as browsers send it, for example http://localhost:8080";

/** What Ollama takes without a `*` in it; it does not start with another one. */
const scheme = /^(https?|(chrome|safari|moz|ms-browser)-extension):\/\//;

/** Whether a browser can send it: no path, small letters, no port that goes without saying. */
function asBrowsersSendIt(value: string): boolean {
  if (!/^https?:\/\//.test(value)) return /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/.test(value);
  // Something that the star may stand for; behind a colon it stands for a port.
  const sample = value.replace(/:\*$/, ":1").replace("*", "x");
  return URL.canParse(sample) && new URL(sample).origin === sample;
}

/**
 * An origin of web pages: `scheme://host[:port]`, in which one `*` stands for any letters, or `*` for all.
 *
 * Ollama ends at its start with any other.
 * @see https://github.com/gin-contrib/cors
 */
export const origin = plainText
  .refine((value) => value === "*" || (value.match(/\*/g) ?? []).length < 2, {
    error: "write one * at most in an origin",
    abort: true,
  })
  .refine((value) => value.includes("*") || scheme.test(value), {
    error: `${example}: it begins with http:// or https://`,
    abort: true,
  })
  .refine(
    (value) => value === "*" || asBrowsersSendIt(value),
    `${example}: small letters, no path, no / at the end, and no port where it is the scheme's own`,
  );
