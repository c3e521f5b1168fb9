import { describe, expect, it } from "vitest";
import { secretLengthFor, tokenHash, tokenName, tokenNumber, tokenOf } from "../../../edge/token.ts";

const names = ["a", "ab", "abc", "backend", "web-2", "x".repeat(30), "x".repeat(31), "x".repeat(32)];
const numbers = [1, 9, 10, 99, 100, 1_000_000];
const users = names.flatMap((name) => numbers.map((number) => tokenName(name, number)));

/** A secret of letters and digits, of the length that a user's has. */
const secretFor = (user: string) => "zA9".repeat(20).slice(0, secretLengthFor(user));

describe("a token", () => {
  it("is of a client and the number of its rotation", () => {
    expect(tokenName("backend", 12)).toBe("backend.12");
  });

  it("has a secret of 40 to 42 letters and digits", () => {
    expect([...new Set(users.map(secretLengthFor))].sort()).toEqual([40, 41, 42]);
  });

  it.each(users)("of %s needs no padding, and is of letters and digits alone", (user) => {
    expect(tokenOf(user, secretFor(user))).toMatch(/^[A-Za-z0-9]+$/);
  });

  it.each(users)("of %s decodes to the user and the secret, as Basic has them", (user) => {
    const decoded = Buffer.from(tokenOf(user, secretFor(user)), "base64").toString();
    expect(decoded).toBe(`${user}:${secretFor(user)}`);
  });

  it("of this user and secret is this text", () => {
    const secret = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    expect(tokenOf("abc.1", secret)).toBe("YWJjLjE6MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJDRA==");
    expect(secretLengthFor("abc.1")).toBe(42);
  });

  it("is known by its sha-256", () => {
    expect(tokenHash("YWJjLjE6MDEyMw==")).toBe("5ccdbf181e9ffb18ac48b6765b8e19e2f38d21e90f78faeb2a637b1092bec32d");
  });

  it.each(names.flatMap((name) => numbers.map((number) => [name, number] as const)))(
    "of %s tells its number, %d, and of no other client's",
    (name, number) => {
      const user = tokenName(name, number);
      const token = tokenOf(user, secretFor(user));
      expect(tokenNumber(name, token)).toBe(number);
      expect(tokenNumber(`${name}x`, token)).toBeUndefined();
      expect(tokenNumber(name.slice(1), token)).toBeUndefined();
    },
  );

  it.each(["", "no token", tokenOf("abc.", "x"), tokenOf("abc.1.5", "x"), tokenOf("abc.01", "x"), tokenOf("abc", "x")])(
    "without a number has none: %j",
    (text) => {
      expect(tokenNumber("abc", text)).toBeUndefined();
    },
  );
});
