import type { Kind, Member, ObjectFound, Wanted } from "./json-found.ts";
import { NotJson } from "./not-json.ts";

/** How often wanted keys may be there; without duplicates they are a few. */
const maxMembers = 1000;

interface Frame {
  readonly wanted: Wanted;
  readonly found: ObjectFound;
  /** Where the current member begins. */
  start: number;
  member: Member | undefined;
  /** What is wanted of the value of the current member, if that is an object. */
  inner: Wanted | undefined;
}

/** Notes where wanted members are, as a reader of JSON tells what it comes by. */
export class JsonFinder {
  readonly #wanted: Wanted;
  /** Objects of which something is wanted: the outermost, and in each such a value of it. */
  #frames: Frame[] = [];
  /** How many objects and arrays are open. */
  #depth = 0;
  #members = 0;
  root: ObjectFound | undefined;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  reset(): void {
    this.#frames = [];
    this.#depth = 0;
    this.#members = 0;
    this.root = undefined;
  }

  /** Whether something is wanted of the object that is read. */
  get watches(): boolean {
    return this.#frame !== undefined;
  }

  /** Whether the value that is read is that of a wanted key. */
  get watchesValue(): boolean {
    return this.#frame?.member !== undefined;
  }

  /** An object or array begins. */
  open(kind: "object" | "array", offset: number): void {
    const frame = this.#frame;
    this.kind(kind);
    const wanted = this.#depth === 0 ? this.#wanted : frame?.inner;
    this.#depth++;
    if (wanted === undefined || kind === "array") return;
    const found: ObjectFound = { members: [], count: 0, end: 0 };
    if (frame?.member !== undefined) frame.member.inner = found;
    this.root ??= found;
    this.#frames.push({ wanted, found, start: offset + 1, member: undefined, inner: undefined });
  }

  /** It ends. */
  close(offset: number): void {
    const frame = this.#frame;
    if (frame !== undefined) {
      endMember(frame, offset);
      frame.found.end = offset;
      this.#frames.pop();
    }
    this.#depth--;
  }

  /** A comma comes. */
  separate(offset: number): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    endMember(frame, offset);
    frame.start = offset + 1;
  }

  /** A key ends, which was written so; undefined for one that is too long to be wanted. */
  key(text: string | undefined): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const index = frame.found.count++;
    const name = text === undefined ? undefined : frame.wanted.nameOf(text);
    if (name === undefined) return;
    if (++this.#members > maxMembers) throw new NotJson(`has ${name} and the like more than ${maxMembers} times`);
    frame.member = { name, index, start: frame.start, end: 0, kind: "null", text: undefined, inner: undefined };
    frame.inner = frame.wanted.inner[name];
    frame.found.members.push(frame.member);
  }

  /** A value begins. */
  kind(kind: Kind): void {
    const member = this.#frame?.member;
    if (member !== undefined) member.kind = kind;
  }

  /** A scalar ends, which was written so. */
  text(text: string | undefined): void {
    const member = this.#frame?.member;
    if (member !== undefined) member.text = text;
  }

  get #frame(): Frame | undefined {
    return this.#depth === this.#frames.length ? this.#frames[this.#depth - 1] : undefined;
  }
}

function endMember(frame: Frame, end: number): void {
  if (frame.member !== undefined) frame.member.end = end;
  frame.member = frame.inner = undefined;
}
