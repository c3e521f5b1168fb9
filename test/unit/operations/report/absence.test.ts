import { expect, it } from "vitest";
import { absence } from "../../../../operations/report/absence.ts";

it.each([
  ["gateway", undefined, "this stack has no gateway"],
  ["gateway", false, "(job usher) did not answer"],
  ["gateway", true, "nothing of this kind happened"],
  ["gpu", undefined, "this stack has no GPU"],
  ["watcher", undefined, "this stack has no watcher"],
] as const)("of a panel that needs the %s, whose part answered: %j", (needs, answered, text) => {
  const job = { gateway: "usher", gpu: "gpu", watcher: "watcher" }[needs];
  const scraped = new Map(answered === undefined ? [] : [[job, answered]]);
  expect(absence({ needs }, scraped).en).toContain(text);
});

it("of a panel that needs nothing is that nothing happened", () => {
  expect(absence({}, new Map()).en).toBe("nothing of this kind happened in this time");
});
