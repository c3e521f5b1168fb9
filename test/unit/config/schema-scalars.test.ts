import { describe, expect, it } from "vitest";
import { parsed, problemsOf } from "../support/raw-config.ts";

describe("words", () => {
  it.each([
    ["delivery", "push", "pull, embedded"],
    ["delivery", "Pull", "pull, embedded"],
    ["replacement", "", "auto, recreate, start-first"],
    ["restart", "never", "no, on-failure, always, unless-stopped"],
    ["restart", "on-failure:3", "no, on-failure, always, unless-stopped"],
    ["restart", null, "no, on-failure, always, unless-stopped"],
  ])("refuses %s %j", (key, value, words) => {
    expect(problemsOf({ [key]: value })).toEqual([`${key}: write one of ${words}`]);
  });

  it.each(["no", "on-failure", "always", "unless-stopped"])("takes the restart policy %s", (restart) => {
    expect(parsed({ restart }).restart).toBe(restart);
  });
});

describe("address", () => {
  it.each(["127.0.0.1", "0.0.0.0", "::1", "::", "192.168.1.7"])("takes %s", (address) => {
    expect(parsed({ address }).address).toBe(address);
  });

  it.each([
    ["::0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["2001:DB8::7", "2001:db8::7"],
  ])("takes %s as %s", (address, canonical) => {
    expect(parsed({ address }).address).toBe(canonical);
  });

  it.each(["localhost", "", "127.0.0.1:11434", "[::1]", "256.0.0.1", "fe80::1%eth0"])("refuses %j", (address) => {
    expect(problemsOf({ address })).toEqual(["address: write an IP address, for example 127.0.0.1"]);
  });
});

describe("port", () => {
  it.each([
    ["0", 0],
    ["65535", 65535],
    [11434, 11434],
  ])("takes %j", (port, number) => {
    expect(parsed({ port }).port).toBe(number);
  });

  it.each(["-1", "65536", "http", "", "80.5", "1e3", "011434", " 80", 80.5, null])("refuses %j", (port) => {
    expect(problemsOf({ port })).toEqual(["port: write a whole number, 0 to 65535"]);
  });
});

describe("cpus", () => {
  it.each([
    ["0", 0],
    ["8", 8],
    ["1.5", 1.5],
    [2, 2],
  ])("takes %j", (cpus, number) => {
    expect(parsed({ cpus }).cpus).toBe(number);
  });

  it.each(["-1", "two", "", "1.", ".5", "1e1", "Infinity", "NaN", "0x2"])("refuses %j", (cpus) => {
    expect(problemsOf({ cpus })).toEqual(["cpus: write a number of 0 or more, for example 2 or 1.5"]);
  });

  it("refuses less than Docker has", () => {
    expect(problemsOf({ cpus: "0.005" })).toEqual(["cpus: write 0.01 or more, Docker's least, or 0 for none"]);
  });

  it("refuses a list", () => {
    expect(problemsOf({ cpus: [1] })).toEqual(["cpus: write a number of 0 or more"]);
  });
});

describe("volume", () => {
  it("is ollama-models, which stays, where nothing is written", () => {
    expect(parsed({ volume: {} }).volume).toEqual({
      name: "ollama-models",
      readOnly: false,
      prune: false,
      retainOnDelete: true,
    });
  });

  it.each(["a", "-ab", "a b", "/srv/models", ""])("refuses the name %j", (name) => {
    expect(problemsOf({ volume: { name } })).toEqual([
      "volume.name: write letters, digits, '_', '.' and '-', two or more, a letter or digit first",
    ]);
  });

  it.each(["readOnly", "prune", "retainOnDelete"])("refuses a %s that is neither true nor false", (key) => {
    expect(problemsOf({ volume: { name: "models", [key]: "yes" } })).toEqual([`volume.${key}: write true or false`]);
  });

  it.each([
    [true, true],
    [false, false],
    ["true", true],
    ["false", false],
  ])("takes prune and retainOnDelete %j", (written, value) => {
    expect(parsed({ volume: { name: "models", prune: written, retainOnDelete: written } }).volume).toEqual({
      name: "models",
      readOnly: false,
      prune: value,
      retainOnDelete: value,
    });
  });
});
