import type { Bound } from "./endpoints.ts";
import { named, type Member, type ObjectFound } from "./json-found.ts";
import { Refusal } from "./refusal.ts";

/** What is to change in an object so that an answer ends. */
export interface Change {
  readonly removed: readonly Member[];
  /** Number of tokens that the member gets; undefined when it needs none. */
  readonly tokens: number | undefined;
}

const unchanged: Change = { removed: [], tokens: undefined };

/** The change of members at the top of a body. */
export function boundAtTop(body: ObjectFound, path: string, bound: Bound, most: number | null): Change {
  const members = named(body, bound);
  const isAnthropic = path === "/v1/messages";
  // Ollama ignores the newer name, and the answer of whoever sends that alone has no end.
  const newer = path === "/v1/chat/completions" ? named(body, "max_completion_tokens") : [];
  const byNewer = lastOf(newer, wholeNumber);
  // There null leaves what was said before, and elsewhere takes it back.
  const saying = isAnthropic ? members.filter(({ kind }) => kind !== "null") : members;
  const asked = [lastOf(saying, wholeNumber), byNewer].filter((tokens) => tokens !== undefined);
  // There Ollama refuses a request without a bound above 0 itself.
  if (isAnthropic && !asked.some((tokens) => tokens > 0)) return unchanged;
  return changed([...members, ...newer], asked, most, byNewer !== undefined);
}

/** The change of `num_predict` in the options, of which there may be several objects. */
export function boundInOptions(options: readonly Member[], most: number | null): Change {
  const members = options.flatMap(({ inner }) => (inner === undefined ? [] : named(inner, "num_predict")));
  // Ollama adds later options to earlier ones, and `null` takes them all away.
  const lastNull = options.findLastIndex(({ kind }) => kind === "null");
  const counting = options.slice(lastNull + 1).flatMap(({ inner }) => (inner ? named(inner, "num_predict") : []));
  const last = counting.at(-1);
  const asked = last === undefined || last.kind === "null" ? [] : [anyNumber(last)];
  return changed(members, asked, most, false);
}

function changed(members: readonly Member[], asked: readonly number[], most: number | null, rename: boolean): Change {
  const limit = most ?? Infinity;
  // Negative numbers mean no end, and so does 0, which gets lost on its way to the runner.
  const wanted = asked.map((tokens) => (tokens > 0 ? tokens : Infinity));
  const tokens = Math.min(limit, ...wanted);
  if (most === null && !rename) return unchanged;
  if (members.length === 1 && !rename && asked[0] === tokens) return unchanged;
  return { removed: members, tokens: tokens === Infinity ? undefined : tokens };
}

/** The last number that members have; one that is null says nothing. */
function lastOf(members: readonly Member[], read: (member: Member) => number): number | undefined {
  const last = members.at(-1);
  for (const member of members) if (member.kind !== "null") read(member);
  return last === undefined || last.kind === "null" ? undefined : read(last);
}

function wholeNumber(member: Member): number {
  if (member.kind !== "number" || !/^-?\d{1,15}$/.test(member.text ?? ""))
    throw new Refusal(400, `${member.name} must be a whole number`);
  return Number(member.text);
}

function anyNumber(member: Member): number {
  const number = member.kind === "number" ? Math.trunc(Number(member.text ?? NaN)) : NaN;
  if (!Number.isFinite(number)) throw new Refusal(400, `options.${member.name} must be a number`);
  return number;
}
