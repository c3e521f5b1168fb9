import type { Wanted } from "./json-found.ts";

/** Names that are wanted, or with what is wanted in the objects that they name. */
type Names = readonly (string | readonly [name: string, inner: Wanted])[];

/** Keys that name a field, which Go takes in any case. */
export function fields(...names: Names): Wanted {
  return wanted(folded, names);
}

/** Keys of a map, which Go takes as they are. */
export function mapKeys(...names: Names): Wanted {
  return wanted((key) => key, names);
}

function wanted(spelling: (key: string) => string, names: Names): Wanted {
  const known = new Set(names.map((name) => (typeof name === "string" ? name : name[0])));
  const inner = Object.fromEntries(names.filter((name) => typeof name !== "string"));
  return {
    inner,
    nameOf(key) {
      const plain = key.includes("\\") ? (JSON.parse(key) as string) : key.slice(1, -1);
      if (known.has(plain)) return plain;
      const name = spelling(plain);
      return known.has(name) ? name : undefined;
    },
  };
}

const unusual = /[A-Z\u212A\u017F]/g;

/**
 * A key as Go compares it with the name of a field: Unicode's simple folding.
 *
 * Of all letters that are not ASCII only these two fold to one that is, the sign for kelvin and the long s.
 */
function folded(key: string): string {
  return key.replaceAll(unusual, (letter) =>
    letter === "\u212A" ? "k" : letter === "\u017F" ? "s" : letter.toLowerCase(),
  );
}
