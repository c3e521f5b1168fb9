import { describe, expect, it } from "vitest";
import { cpuLimit, formatBytes, formatSeconds, goDuration, parseDuration, parseSize } from "../../../support/units.ts";

const KiB = 1024;
const MiB = 1024 * KiB;
const GiB = 1024 * MiB;

describe("parseSize", () => {
  it.each([
    ["0", 0],
    ["0b", 0],
    ["17b", 17],
    ["3k", 3 * KiB],
    ["3KiB", 3 * KiB],
    ["512m", 512 * MiB],
    ["512MiB", 512 * MiB],
    ["16g", 16 * GiB],
    ["16GiB", 16 * GiB],
    ["16 GiB", 16 * GiB],
    ["1.5GiB", 1536 * MiB],
    ["0.5k", 512],
  ])("reads %j as %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    "16",
    "16GB",
    "16tb",
    "-1g",
    "+1g",
    "g",
    "1e3m",
    "0x10m",
    "1,5g",
    " 1g",
    "1g ",
    "1  g",
    "0.3b",
    "5toString",
  ])("does not read %j as a size", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe("parseDuration", () => {
  it.each([
    ["0", 0],
    ["0s", 0],
    ["250ms", 0.25],
    ["30s", 30],
    ["1.5s", 1.5],
    ["5m", 300],
    ["2h", 7200],
    ["1h30m", 5400],
    ["1m30s", 90],
    ["-1s", -1],
    ["-1h1m", -3660],
  ])("reads %j as %d seconds", (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(["", "5", "-1", "5min", "5 m", "m", "1d", "1h-30m", "s5", "+5s", "5M", "1.m"])(
    "does not read %j as a duration",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe("goDuration", () => {
  it.each([
    [0, "0s"],
    [30, "30s"],
    [59, "59s"],
    [60, "1m0s"],
    [90, "1m30s"],
    [3600, "1h0m0s"],
    [5400, "1h30m0s"],
    [3661, "1h1m1s"],
  ])("writes %d seconds as Go prints them, %s", (seconds, text) => {
    expect(goDuration(seconds)).toBe(text);
  });
});

describe("cpuLimit", () => {
  it.each([
    [1, "1.0"],
    [8, "8.0"],
    [1.5, "1.5"],
    [0.25, "0.25"],
  ])("writes %d CPUs as %s", (cpus, text) => {
    expect(cpuLimit(cpus)).toBe(text);
  });
});

describe("formatBytes", () => {
  it.each([
    [0, "0 bytes"],
    [1, "1 bytes"],
    [999, "999 bytes"],
    [KiB, "1 KiB"],
    [1536, "1.5 KiB"],
    [98 * MiB, "98 MiB"],
    [MiB - 1, "1024 KiB"],
    [7547589116, "7.03 GiB"],
    [2 * 1024 * GiB, "2 TiB"],
    [2048 * 1024 * GiB, "2048 TiB"],
  ])("writes %d as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe("formatSeconds", () => {
  it.each([
    [0, "0 s"],
    [45, "45 s"],
    [59.4, "59 s"],
    [59.6, "1 min 0 s"],
    [130, "2 min 10 s"],
    [3600, "60 min 0 s"],
  ])("writes %d as %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
