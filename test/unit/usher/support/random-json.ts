/** Pieces of random sizes, of which some are empty and many have one byte. */
export function inPieces(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  const most = [1, 2, 7, 100, bytes.length + 1][Math.floor(random() * 5)] ?? 1;
  for (let at = 0; at < bytes.length;) {
    const size = Math.floor(random() * (most + 1));
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** A key that is wanted, in a spelling of many, and some that are not. */
export function randomKey(random: () => number, keys: readonly string[]): string {
  const key = keys[Math.floor(random() * keys.length)] ?? "";
  const how = random();
  if (how < 0.4) return JSON.stringify(key);
  const letters = Array.from(key).map((letter) => {
    const dice = random();
    if (dice < 0.15) return letter.toUpperCase();
    if (dice < 0.25 && letter === "k") return "\u212A";
    if (dice < 0.25 && letter === "s") return "\u017F";
    if (dice < 0.4) return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
    return letter;
  });
  return `"${letters.join("")}"`;
}

/** White space, most often none. */
export function space(random: () => number): string {
  return random() < 0.8 ? "" : ([" ", "\n", "\t ", "\r\n"][Math.floor(random() * 4)] ?? "");
}

const names = ["model", "keep_alive", "options", "num_ctx", "a", "", "модель", "😀", 'quo"te', "back\\slash"];

/** An object as JSON, with keys that come twice and values that nest. */
export function randomJson(random: () => number, depth = 0): string {
  const count = Math.floor(random() * 5);
  const members = Array.from({ length: count }, () => {
    const key =
      random() < 0.5
        ? randomKey(random, names.slice(0, 5))
        : JSON.stringify(names[Math.floor(random() * names.length)]);
    return `${space(random)}${key}${space(random)}:${space(random)}${randomValue(random, depth + 1)}${space(random)}`;
  });
  return `${space(random)}{${members.join(",") || space(random)}}${space(random)}`;
}

const scalars = [
  "null",
  "true",
  "false",
  "0",
  "-0",
  "12",
  "-3.25",
  "1e5",
  "1E-2",
  "0.5e+3",
  '""',
  '"plain"',
  '"with \\"quotes\\" and \\\\ \\/ \\b\\f\\n\\r\\t"',
  '"\\u0041\\ud83d\\ude00\\ud800"',
  '"{[,:]}"',
  '"ключ 😀"',
];

function randomValue(random: () => number, depth: number): string {
  const dice = random();
  if (dice < 0.2 && depth < 5) return randomJson(random, depth).trim();
  if (dice < 0.4 && depth < 5) {
    const items = Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth + 1));
    return `[${space(random)}${items.join(`${space(random)},${space(random)}`)}]`;
  }
  return scalars[Math.floor(random() * scalars.length)] ?? "null";
}
