import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { projectFolder } from "../../support/project-folder.ts";
import { brokenOnPurpose } from "../support/docker-bench.ts";

/** Numbers of rules, in order, each once. */
const numbersIn = (texts: readonly string[]) =>
  [...new Set(texts.flatMap((text) => text.match(/\b5\.\d+\b/g) ?? []))].toSorted();

describe.each(["en", "ko"])("what containers are said to break, in %s", (language) => {
  const text = readFileSync(join(projectFolder, "docs", language, "hardening.md"), "utf8");
  const [, ofServer = "", ofMonitoring = "", ofWatcher = ""] = /^([^]*?)^## ([^]*?)^## ([^]*?)^## /m.exec(text) ?? [];
  const { watcher, ...monitoring } = brokenOnPurpose;

  it("is what the tests see them break", () => {
    expect(ofServer).toContain("docker-bench-security");
    expect(numbersIn([ofServer])).toEqual([]);
    expect(numbersIn([ofMonitoring])).toEqual(numbersIn(Object.values(monitoring).flat()));
    expect(numbersIn([ofWatcher])).toEqual(numbersIn(watcher));
  });
});
