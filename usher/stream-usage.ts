import { editsOf, type Edit } from "./edits.ts";
import { named, type Member, type ObjectFound } from "./json-found.ts";

/** What has to change in a body so that the stream of its answer tells how many tokens there were. */
export interface UsageQuestion {
  readonly edits: readonly Edit[];
  /** Members that go at the end of the body. */
  readonly added: readonly string[];
  readonly removed: readonly Member[];
}

const wish = '"include_usage":true';

/**
 * Asks for the counts of tokens where a stream would not tell them, which the client does not see then.
 *
 * Undefined where it tells them, or where the body is written in such a way that it is better left alone.
 */
export function usageQuestion(path: string, body: ObjectFound): UsageQuestion | undefined {
  // Others tell them anyway, but for the old completions, where the question would change every event.
  if (path !== "/v1/chat/completions") return undefined;
  const [stream, ...others] = named(body, "stream");
  if (stream?.kind !== "true" || others.length > 0) return undefined;
  const [options, ...more] = named(body, "stream_options");
  if (more.length > 0) return undefined;
  if (options === undefined || options.kind === "null") {
    const removed = options === undefined ? [] : [options];
    return { edits: [], added: [`"stream_options":{${wish}}`], removed };
  }
  if (options.inner === undefined) return undefined;
  const wishes = named(options.inner, "include_usage");
  if (wishes.some(({ kind }) => kind !== "false" && kind !== "null")) return undefined;
  return { edits: editsOf(options.inner, wishes, [wish]), added: [], removed: [] };
}

const lineFeed = 0x0a;
/** What the event with the counts has in it. In a text of the answer, these quotes would have backslashes. */
const marks = ['"choices":[]', '"usage":{'].map((mark) => Buffer.from(mark));
/** Longest line that is looked at; that event is much shorter. */
const longestLine = 64 * 1024;

/** Takes the event with the counts out of a stream, and keeps nothing back but a line that has not ended. */
export class UsageFilter {
  #held: Buffer = Buffer.alloc(0);

  /** What of the stream so far can go on. */
  write(chunk: Buffer): Buffer {
    const all = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = all.length > longestLine ? all.length : all.lastIndexOf(lineFeed) + 1;
    this.#held = all.subarray(end);
    return withoutUsage(all.subarray(0, end));
  }

  /** What was kept back. */
  end(): Buffer {
    return this.#held;
  }
}

function withoutUsage(lines: Buffer): Buffer {
  const [choices, usage] = marks;
  if (choices === undefined || usage === undefined) return lines;
  for (let found = lines.indexOf(choices); found !== -1; found = lines.indexOf(choices, found + 1)) {
    const start = lines.lastIndexOf(lineFeed, found) + 1;
    const end = lines.indexOf(lineFeed, found) + 1 || lines.length;
    // The empty line behind it belongs to it.
    if (lines.subarray(start, end).includes(usage))
      return Buffer.concat([lines.subarray(0, start), lines.subarray(lines[end] === lineFeed ? end + 1 : end)]);
  }
  return lines;
}
