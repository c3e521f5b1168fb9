/** Lines of context around a change. */
const context = 3;

/** A line of a comparison: ` ` is in both texts, `-` in the old one, `+` in the new one. */
type Line = readonly [" " | "-" | "+", string];

/** The differences of two texts as `diff -u` writes them; empty where there are none. */
export function unifiedDiff(name: string, before: string, after: string): string {
  const lines = compared(before.split("\n"), after.split("\n"));
  const changed = lines.flatMap(([mark], index) => (mark === " " ? [] : [index]));
  if (changed.length === 0) return "";
  const hunks: [number, number][] = [];
  for (const index of changed) {
    const last = hunks.at(-1);
    if (last !== undefined && index - context <= last[1] + context + 1) last[1] = index;
    else hunks.push([index, index]);
  }
  const texts = hunks.map(([first, last]) => hunk(lines, Math.max(0, first - context), last + context + 1));
  return [`--- ${name}`, `+++ ${name}`, ...texts, ""].join("\n");
}

function hunk(lines: readonly Line[], from: number, to: number): string {
  const count = (part: readonly Line[], mark: "-" | "+") =>
    part.filter(([each]) => each === " " || each === mark).length;
  const [before, shown] = [lines.slice(0, from), lines.slice(from, to)];
  // The text behind the last end of a line is no line.
  const real = shown.filter((line, index) => !(from + index === lines.length - 1 && line[1] === ""));
  const place = (mark: "-" | "+") => `${count(before, mark) + 1},${count(real, mark)}`;
  return [`@@ -${place("-")} +${place("+")} @@`, ...real.map(([mark, text]) => `${mark}${text}`)].join("\n");
}

/** Compares two texts by their longest common sequence of lines; a stack's file is short. */
function compared(before: readonly string[], after: readonly string[]): Line[] {
  const length = before.map(() => new Array<number>(after.length + 1).fill(0));
  length.push(new Array<number>(after.length + 1).fill(0));
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--)
    for (let j = after.length - 1; j >= 0; j--) {
      const row = length[i];
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      lines.push([" ", old]);
      i++;
      j++;
    } else if (old !== undefined && (fresh === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(["-", old]);
      i++;
    } else if (fresh !== undefined) {
      lines.push(["+", fresh]);
      j++;
    }
  }
  return lines;
}
