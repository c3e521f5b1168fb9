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

/** Name of a client's token; `number` counts its rotations from 1. */
export function userName(client: string, number: number): string {
  return `${client}.${number}`;
}

/** Least length of a token's secret part: of letters and digits, more than 200 bits. bcrypt takes 72 bytes in all. */
const secretLength = 40;

/** Length of a token's secret part, which is such that the whole token needs no padding. */
export function secretLengthFor(user: string): number {
  const length = user.length + 1 + secretLength;
  return secretLength + ((3 - (length % 3)) % 3);
}

/** The token that a client sends, as `Authorization: Bearer TOKEN`. */
export function tokenOf(user: string, secret: string): string {
  return Buffer.from(`${user}:${secret}`).toString("base64");
}

/** What every token of a user begins with, so that any other needs no hashing to be refused. */
export function tokenStart(user: string): string {
  const known = `${user}:`;
  return Buffer.from(known.slice(0, known.length - (known.length % 3))).toString("base64");
}
