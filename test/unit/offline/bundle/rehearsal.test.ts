import { describe, expect, it } from "vitest";
import { withCpusOfHere } from "../../../../offline/bundle/rehearsal.ts";

describe("the CPU limits of a rehearsal", () => {
  it("are no more than the machine has, and otherwise as they are", () => {
    const keys = {
      "gemma:cpus": 8,
      "gemma:gateway": { enabled: true, cpus: 4, usher: { cpus: 3, memory: "1GiB" } },
    };
    expect(withCpusOfHere(keys, 2)).toEqual({
      "gemma:cpus": 2,
      "gemma:gateway": { enabled: true, cpus: 2, usher: { cpus: 2, memory: "1GiB" } },
    });
    expect(withCpusOfHere(keys, 3)).toEqual({
      "gemma:cpus": 3,
      "gemma:gateway": { enabled: true, cpus: 3, usher: { cpus: 3, memory: "1GiB" } },
    });
    expect(withCpusOfHere(keys, 8)).toEqual(keys);
  });

  it("are none where none are written", () => {
    const keys = { "gemma:gateway": { enabled: true } };
    expect(withCpusOfHere(keys, 1)).toEqual(keys);
    expect(withCpusOfHere({ "gemma:port": 0 }, 1)).toEqual({ "gemma:port": 0 });
  });
});
