import type { Secret } from "./secret-values.ts";

/** Below this a part of a value in base64 is found by chance. */
const leastLength = 10;

/** How a value may stand in a text: as it is, in JSON, in a URL, and in base64 with anything around it. */
export function formsOf(value: string): string[] {
  const inJson = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, inJson, encodeURIComponent(value), ...inBase64(value)])];
}

/** What base64 makes of a value at each of the three places where it can begin, without what its neighbours decide. */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  const standard = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const end = (before + bytes.length) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(before === 0 ? 0 : before + 1, end);
  });
  const forUrls = standard.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...standard, ...forUrls].filter((text) => text.length >= leastLength);
}

/** A secret that is still in a file. */
export interface Found {
  readonly path: string;
  readonly what: string;
}

/** Where any form of any secret stands in the files. */
export function searchSecrets(files: ReadonlyMap<string, string>, secrets: readonly Secret[]): Found[] {
  const forms = secrets.flatMap(({ value, what }) => formsOf(value).map((form) => ({ form, what })));
  return [...files].flatMap(([path, text]) =>
    [...new Set(forms.filter(({ form }) => text.includes(form)).map(({ what }) => what))].map((what) => ({
      path,
      what,
    })),
  );
}
