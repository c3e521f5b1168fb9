import { describe, expect, it } from "vitest";
import { addressText, holds, overlap, parseRange, rangeText, type Range } from "../../../support/cidr.ts";

const range = (text: string): Range => parseRange(text) ?? { first: NaN, last: NaN, bits: NaN };

describe("a range of addresses", () => {
  it.each([
    ["10.0.0.0/8", "10.0.0.0/8", "10.255.255.255"],
    ["10.200.3.7/24", "10.200.3.0/24", "10.200.3.255"],
    ["192.168.1.5", "192.168.1.5/32", "192.168.1.5"],
    ["255.255.255.255/32", "255.255.255.255/32", "255.255.255.255"],
    ["0.0.0.0/0", "0.0.0.0/0", "255.255.255.255"],
  ])("%s is %s, up to %s", (text, whole, last) => {
    expect([rangeText(range(text)), addressText(range(text).last)]).toEqual([whole, last]);
  });

  it.each(["", "10.0.0", "10.0.0.0/33", "256.0.0.0/8", "fd00::/64", "10.0.0.0/", "default"])("is not %j", (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  it.each([
    ["10.0.0.0/8", "10.200.0.0/24", true, true],
    ["10.200.0.0/24", "10.0.0.0/8", true, false],
    ["10.200.0.0/24", "10.200.0.0/24", true, true],
    ["10.200.0.0/24", "10.200.1.0/24", false, false],
    ["10.200.0.0/24", "10.200.0.255", true, true],
  ])("%s and %s overlap: %s; the first holds the second: %s", (one, other, both, inside) => {
    expect([
      overlap(range(one), range(other)),
      overlap(range(other), range(one)),
      holds(range(one), range(other)),
    ]).toEqual([both, both, inside]);
  });
});
