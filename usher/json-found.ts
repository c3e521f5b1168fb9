/** Kinds of values in JSON. */
export type Kind = "object" | "array" | "string" | "number" | "true" | "false" | "null";

/** A member of an object whose key is wanted. */
export interface Member {
  /** The key as it is wanted, whatever spelling it was found in. */
  readonly name: string;
  /** How many members of the object are before it. */
  readonly index: number;
  /** Offset of its first byte, right behind the bracket or comma before it. */
  readonly start: number;
  /** Offset of the comma or bracket behind it. */
  end: number;
  kind: Kind;
  /** Text of a scalar as it was written; undefined for others, and for very long ones. */
  text: string | undefined;
  /** What was found in an object of which something is wanted. */
  inner: ObjectFound | undefined;
}

/** What was found of an object. */
export interface ObjectFound {
  readonly members: Member[];
  /** How many members it has in all. */
  count: number;
  /** Offset of the bracket that closes it. */
  end: number;
}

/** Keys that are looked for in an object, and in objects that are their values. */
export interface Wanted {
  /** The wanted name that a key stands for, given as it was written, quotes and all. */
  readonly nameOf: (key: string) => string | undefined;
  readonly inner: Readonly<Record<string, Wanted>>;
}

/** Members with a name, in their order. */
export function named(found: ObjectFound, name: string): readonly Member[] {
  return found.members.filter((member) => member.name === name);
}
