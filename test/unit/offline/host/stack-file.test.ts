import { describe, expect, it } from "vitest";
import { wholeStackFile } from "../../../../offline/host/stack-file.ts";

const packed = "config:\n  gemma:port: 18000\n  gemma:memory: 2GiB\n";
const salt = "encryptionsalt: v1:rlntdkBl63I=:v1:rvjkvzNoxL6m3pJV:9P2v43P6sVEe3SfFAw9fQoJntsUuWA==\n";

describe("a stack's file that a power cut has left as it likes", () => {
  it.each([
    ["packed", packed],
    ["with a salt", packed + salt],
    ["changed by an operator", `${packed}  gemma:cpus: "2"\n${salt}`],
    ["shortened by an operator", `config:\n  gemma:port: 18000\n${salt}`],
    ["rewritten by an operator, without an end of line", "config:\n  gemma:port: 1"],
  ])("stays when it is whole: as %s", (_, text) => {
    expect(wholeStackFile(text, text === "config:\n  gemma:port: 1" ? "config: {}\n" : packed)).toBe(text);
  });

  it.each([
    ["nothing", ""],
    ["zeros", "\0".repeat(40)],
    ["half of what was packed", packed.slice(0, 24)],
    ["the salt alone, half of it", salt.slice(0, 30)],
  ])("is as it was packed when it has %s", (_, text) => {
    expect(wholeStackFile(text, packed)).toBe(packed);
  });

  it("loses half a salt, which is made anew, and keeps what an operator wrote", () => {
    const changed = `${packed}  gemma:cpus: "2"\n`;
    expect(wholeStackFile(changed + salt.slice(0, 40), packed)).toBe(changed);
  });

  it("keeps a salt that is whole where the settings are not", () => {
    expect(wholeStackFile(salt, packed)).toBe(packed + salt);
  });
});
