/** Members of an object as they are written, those with the same key too. */
export type Pairs = readonly (readonly [key: string, value: Value])[];

/** A value: that of an object is its members, that of others what JSON.parse makes of it. */
export type Value = { readonly pairs: Pairs } | { readonly plain: unknown };

/** Reads JSON and loses no member that comes twice; it knows nothing of streams. */
export function pairsOf(json: string): Pairs {
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/gs) ?? [];
  let at = 0;
  const next = () => tokens[at++] ?? "";
  const items = (close: string, read: () => void) => {
    for (; tokens[at] !== close; at += tokens[at] === "," ? 1 : 0) read();
    at++;
  };
  const value = (): Value => {
    const token = next();
    if (token === "{") {
      const pairs: [string, Value][] = [];
      items("}", () => {
        const key = JSON.parse(next()) as string;
        at++;
        pairs.push([key, value()]);
      });
      return { pairs };
    }
    if (token !== "[") return { plain: JSON.parse(token) };
    const list: unknown[] = [];
    items("]", () => list.push(plainOf(value())));
    return { plain: list };
  };
  const root = value();
  if (!("pairs" in root)) throw new Error(`${json} is no object`);
  return root.pairs;
}

/** A value as JSON.parse has it: the last of two members with a key counts. */
export function plainOf(value: Value): unknown {
  return "pairs" in value ? Object.fromEntries(value.pairs.map(([key, of]) => [key, plainOf(of)])) : value.plain;
}

/** The folded form in which Go compares keys with the names of fields, by way of JavaScript's own folding of Unicode. */
function isField(key: string, name: string): boolean {
  const pattern = patterns.get(name) ?? new RegExp(`^${name}$`, "iu");
  patterns.set(name, pattern);
  return pattern.test(key);
}

const patterns = new Map<string, RegExp>();

/** The value that Go leaves in a field with a pointer: the last one, and none for null. */
export function fieldOf(pairs: Pairs, name: string): unknown {
  const last = pairs.findLast(([key]) => isField(key, name));
  return last === undefined ? undefined : (plainOf(last[1]) ?? undefined);
}

/** What Go leaves in a field with a map: all of its objects put together, and nothing of those before null. */
export function mapOf(pairs: Pairs, name: string): Readonly<Record<string, unknown>> {
  let map: Record<string, unknown> = {};
  for (const [key, value] of pairs)
    if (isField(key, name)) map = "pairs" in value ? { ...map, ...(plainOf(value) as object) } : {};
  return map;
}
