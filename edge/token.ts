import { sha256 } from "../support/hashing.ts";

/** Name of a client's token; `number` counts its rotations from 1. */
export function tokenName(client: string, number: number): string {
  return `${client}.${number}`;
}

/** Least length of a token's secret part: of letters and digits, more than 200 bits. */
const secretLength = 40;

/** Length of a token's secret part, which is such that the whole token needs no padding. */
export function secretLengthFor(name: string): number {
  const length = name.length + 1 + secretLength;
  return secretLength + ((3 - (length % 3)) % 3);
}

/** The token that a client sends, as `Authorization: Bearer TOKEN`. */
export function tokenOf(name: string, secret: string): string {
  return Buffer.from(`${name}:${secret}`).toString("base64");
}

/** By what the edge knows a token: its sha-256 in small hexadecimal digits. */
export function tokenHash(token: string): string {
  return sha256(token).slice("sha256:".length);
}

/** Number of a token of that client; undefined for what is none of its. */
export function tokenNumber(client: string, token: string): number | undefined {
  const [name = ""] = Buffer.from(token, "base64").toString().split(":");
  const number = Number(name.slice(client.length + 1));
  return Number.isInteger(number) && name === tokenName(client, number) ? number : undefined;
}
