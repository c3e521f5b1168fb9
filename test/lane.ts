import { startVitest } from "vitest/node";
import { projectFolder } from "../support/project-folder.ts";
import { nothing, type Count } from "./count.ts";

/*
 * Runs projects of vitest.config.ts one after another, and sends how their tests ended to the process that started this
 * one: where an engine is in a network namespace of its own, the tests have to be there as well.
 */

/** Runs the tests of one project with its reporter on the terminal, and counts them. */
async function runProject(project: string): Promise<Count> {
  const vitest = await startVitest([], { root: projectFolder, project: [project], watch: false, run: true });
  const count = { ...nothing };
  for (const module of vitest.state.getTestModules()) {
    const before = count.passed + count.failed;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      count[state === "passed" || state === "failed" ? state : "skipped"] += 1;
    }
    // A file that does not load has no tests to fail.
    if (module.state() === "failed" && count.passed + count.failed === before) count.failed += 1;
  }
  count.failed += vitest.state.getUnhandledErrors().length;
  await vitest.close();
  return count;
}

for (const project of process.argv.slice(2)) {
  const count = await runProject(project);
  await new Promise((resolve) => process.send?.(count, resolve));
}
process.exit();
