/** The lines that differ between two texts, in order: `-` those that went, `+` those that came, trimmed. */
export function lineDiff(before: string, after: string): string[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  const common = commonLengths(a, b);
  const length = (i: number, j: number) => common[i]?.[j] ?? 0;
  const changes: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && length(i + 1, j) >= length(i, j + 1))) {
      changes.push(`- ${(a[i] ?? "").trim()}`);
      i += 1;
    } else {
      changes.push(`+ ${(b[j] ?? "").trim()}`);
      j += 1;
    }
  }
  return changes;
}

/** Length of the longest common subsequence of the lines from every pair of positions on. */
function commonLengths(a: readonly string[], b: readonly string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const [row = [], next = []] = [table[i], table[i + 1]];
    for (let j = b.length - 1; j >= 0; j -= 1) {
      row[j] = a[i] === b[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}
