import { formsOf } from "./secret-forms.ts";
import { secretName, type Secret } from "./secret-values.ts";

/** What stands where something was. */
export const removed = (what: string) => `[removed: ${what}]`;

/** Forms that secrets have, whoever's they are; the first group stays. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, "private key"],
  [/()-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|[A-Za-z0-9+/=\s])*/g, "private key"],
  [/()\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/g, "bcrypt hash"],
  [/()\bv1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]{16,}/g, "encrypted secret"],
  [/(encryptionsalt:\s*)\S+/g, "salt of the passphrase"],
  [
    /((?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:basic|bearer|digest)?\s*)[A-Za-z0-9+/=._~-]{6,}/gi,
    "Authorization header",
  ],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{16,}/gi, "Authorization header"],
  [/(:\/\/)[^\s/@"']+(?=@)/g, "credentials in a URL"],
];

/** A setting in a text, as `NAME=value`, `"name": "value"` or `name: value`. */
const setting = /(["']?)([A-Za-z_][\w.-]*)\1(\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',;{}[\]]+)/g;

/** Names that look like those of secrets, and tell where one is, or what kind it is. */
const harmless =
  /_FILE$|_PATH$|_DIR$|file$|path$|Type$|tokens?PerSecond|^(?:[a-z]+_)*(?:max|min|num|n|eval|prompt)_?tokens?|Bytes|kvCache|_TYPE$|tokens$/i;

/** Takes what is secret out of texts: known values in all forms, and what has the form of a secret. */
export class Scrubber {
  readonly #forms: readonly { readonly form: string; readonly what: string }[];

  constructor(secrets: readonly Secret[]) {
    // The longest first, as one may hold another one.
    this.#forms = secrets
      .flatMap(({ value, what }) => formsOf(value).map((form) => ({ form, what })))
      .sort((a, b) => b.form.length - a.form.length);
  }

  /** The text without secrets. */
  scrub(text: string): string {
    let clean = text;
    for (const { form, what } of this.#forms) if (clean.includes(form)) clean = clean.replaceAll(form, removed(what));
    for (const [pattern, what] of patterns)
      clean = clean.replace(pattern, (_, kept: string) => `${kept}${removed(what)}`);
    return clean.replace(setting, (whole, quote: string, name: string, between: string, value: string) => {
      if (!isSecretSetting(name, value)) return whole;
      const mark = /^["']/.exec(value)?.[0] ?? "";
      return `${quote}${name}${quote}${between}${mark}${removed(name)}${mark}`;
    });
  }
}

function isSecretSetting(name: string, value: string): boolean {
  const bare = value.replace(/^["']|["']$/g, "");
  if (!secretName.test(name) || harmless.test(name)) return false;
  // Numbers, switches and paths are no secrets, and what is removed already says more than its name.
  return bare.length >= 6 && !/^(?:\d+|true|false|null|\/\S*|\[removed.*)$/.test(bare);
}
