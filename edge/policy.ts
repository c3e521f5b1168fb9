import type { Endpoint } from "../config/gateway.ts";

/** One token of a client, as far as the edge needs to know it. */
export interface EdgeToken {
  /** sha-256 of the whole token, in small hexadecimal digits. */
  readonly sha256: string;
  /** When it ends, seconds since 1970; null for never. */
  readonly expires: number | null;
}

/** Someone who may ask. */
export interface EdgeClient {
  readonly name: string;
  readonly tokens: readonly EdgeToken[];
  readonly endpoints: readonly Endpoint[];
  /** How many of its requests may be answered at once, one at least; more wait in its lane. */
  readonly maxParallel: number;
  /** How many may wait; more are told to come back. */
  readonly maxQueue: number;
  /** Those of a higher one are served first. */
  readonly priority: number;
}

/** Who may ask what, by which names, and from which pages: all that changes without a reload. */
export interface EdgePolicy {
  readonly clients: readonly EdgeClient[];
  /** Names and addresses by which clients may call, without a port. */
  readonly hosts: readonly string[];
  /** Origins of web pages that may call; in each, `*` stands for any letters. */
  readonly origins: readonly string[];
}
