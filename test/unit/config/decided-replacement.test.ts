import { describe, expect, it } from "vitest";
import { decidedReplacement } from "../../../config/decided-replacement.ts";

const startFirst = { replacement: "start-first" } as const;

describe("how an update replaces the server", () => {
  it.each([
    [{}, undefined],
    [{ GEMMA_REPLACEMENT: "" }, undefined],
    [{ GEMMA_REPLACEMENT: "recreate" }, "recreate"],
    [{ GEMMA_REPLACEMENT: "start-first" }, "start-first"],
  ])("is decided by %j as %s", (environment, word) => {
    expect(decidedReplacement(startFirst, environment)).toBe(word);
  });

  it("stays recreate where two servers may not be there at once", () => {
    expect(decidedReplacement({ replacement: "recreate" }, { GEMMA_REPLACEMENT: "start-first" })).toBeUndefined();
  });

  it.each(["start-first", "recreate"] as const)("is refused for another word, with %s", (replacement) => {
    expect(() => decidedReplacement({ replacement }, { GEMMA_REPLACEMENT: "auto" })).toThrow(
      "The variable GEMMA_REPLACEMENT is auto: write recreate or start-first, or unset it; nothing was changed",
    );
  });
});
