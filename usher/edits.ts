import type { Member, ObjectFound } from "./json-found.ts";

/** Bytes that others take the place of. */
export interface Edit {
  readonly start: number;
  /** Offset behind the last one. */
  readonly end: number;
  readonly text: string;
}

/** Edits that take members out of an object, and put others at its end. */
export function editsOf(found: ObjectFound, removed: readonly Member[], added: readonly string[] = []): Edit[] {
  const all = [...removed].sort((one, other) => one.index - other.index);
  // Those at the end go with the comma before them, the others with the one behind them.
  let kept = found.count;
  const atEnd: Member[] = [];
  for (let last = all.at(-1); last?.index === kept - 1; last = all.at(-1)) {
    atEnd.unshift(last);
    all.pop();
    kept--;
  }
  const edits = all.map(({ start, end }): Edit => ({ start, end: end + 1, text: "" }));
  const [first] = atEnd;
  const text = added.length === 0 ? "" : (kept > all.length ? "," : "") + added.join(",");
  if (first !== undefined) edits.push({ start: first.start - (kept > 0 ? 1 : 0), end: found.end, text });
  else if (text !== "") edits.push({ start: found.end, end: found.end, text });
  return edits;
}

/** Bytes after edits, which must not overlap; nothing is copied. */
export function edited(chunks: readonly Buffer[], edits: readonly Edit[]): Buffer[] {
  if (edits.length === 0) return [...chunks];
  const sorted = [...edits].sort((one, other) => one.start - other.start);
  const result: Buffer[] = [];
  let offset = 0;
  let next = 0;
  for (const chunk of chunks) {
    let at = 0;
    for (let edit = sorted[next]; edit !== undefined && edit.start < offset + chunk.length; edit = sorted[next]) {
      if (edit.start >= offset + at) {
        result.push(chunk.subarray(at, edit.start - offset), Buffer.from(edit.text));
      }
      at = Math.min(edit.end - offset, chunk.length);
      if (edit.end > offset + chunk.length) break;
      next++;
    }
    result.push(chunk.subarray(at));
    offset += chunk.length;
  }
  return result.filter(({ length }) => length > 0);
}
