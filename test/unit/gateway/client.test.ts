import { describe, expect, it } from "vitest";
import { secretLengthFor, tokenOf, tokenStart, userName } from "../../../gateway/client.ts";

const names = ["a", "ab", "abc", "backend", "web-2", "x".repeat(30), "x".repeat(31), "x".repeat(32)];
const numbers = [1, 9, 10, 99, 100, 1_000_000];
const users = names.flatMap((name) => numbers.map((number) => userName(name, number)));

/** A secret of letters and digits, of the length that a user's has. */
const secretFor = (user: string) => "zA9".repeat(20).slice(0, secretLengthFor(user));

describe("a token", () => {
  it("is of a client and the number of its rotation", () => {
    expect(userName("backend", 12)).toBe("backend.12");
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

  it.each(users)("of %s begins as every token of that user does, and the rest fits into 16 to 128 letters", (user) => {
    const token = tokenOf(user, secretFor(user));
    const start = tokenStart(user);
    expect(token.startsWith(start)).toBe(true);
    expect(token.slice(start.length)).toMatch(/^[A-Za-z0-9]{16,128}$/);
    expect(tokenOf(user, "0".repeat(secretLengthFor(user))).startsWith(start)).toBe(true);
  });

  it.each(users)("of %s has a secret that bcrypt takes whole", (user) => {
    expect(secretFor(user).length).toBeLessThanOrEqual(72);
  });

  it("of this user and secret is this text", () => {
    const secret = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    expect(tokenOf("abc.1", secret)).toBe("YWJjLjE6MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6QUJDRA==");
    expect(secretLengthFor("abc.1")).toBe(42);
    expect(tokenStart("abc.1")).toBe("YWJjLjE6");
  });

  it.each([
    ["ab.1", "YWIu"],
    ["abc.1", "YWJjLjE6"],
    ["abcd.1", "YWJjZC4x"],
  ])("of %s begins with %s, whole groups of three letters", (user, start) => {
    expect(tokenStart(user)).toBe(start);
  });

  it("begins otherwise for another client or another number", () => {
    expect(tokenStart("backend.1")).not.toBe(tokenStart("backend.2"));
    expect(tokenStart("backend.1")).not.toBe(tokenStart("frontend.1"));
  });
});
