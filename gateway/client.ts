import type { Endpoint } from "../config/gateway.ts";

/** One token of a client, as far as the gateway needs to know it. */
export interface Account {
  /** Names client and token, `client.number`; the readable part of the token. */
  readonly user: string;
  /** bcrypt hash of the token's secret part. */
  readonly hash: string;
  /** When the token ends, seconds since 1970; null for the client's current one. */
  readonly expires: number | null;
}

/** Someone who may ask. */
export interface GatewayClient {
  readonly name: string;
  readonly endpoints: readonly Endpoint[];
  readonly accounts: readonly Account[];
}

/** What every token of a user begins with, so that any other needs no hashing to be refused. */
export function tokenStart(user: string): string {
  const known = `${user}:`;
  return Buffer.from(known.slice(0, known.length - (known.length % 3))).toString("base64");
}
