import { inspect } from "node:util";
import { startVitest } from "vitest/node";
import { relative } from "node:path";
import { projectFolder } from "../support/project-folder.ts";
import type { Count } from "./count.ts";

/*
 * Runs projects of vitest.config.ts one after another, and sends how their tests ended to the process that started this
 * one: where an engine is in a network namespace of its own, the tests have to be there as well.
 */

/** Runs the tests of one project with its reporter on the terminal, and counts them. */
async function runProject(project: string): Promise<Count> {
  const vitest = await startVitest([], { root: projectFolder, project: [project], watch: false, run: true });
  const count = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  for (const module of vitest.state.getTestModules()) {
    const before = count.passed + count.failed;
    const file = relative(projectFolder, module.moduleId);
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      count[state === "passed" || state === "failed" ? state : "skipped"] += 1;
      if (state === "failed") failures.push(`${file}: ${test.fullName}`);
    }
    const suites = [...module.children.allSuites()].filter((suite) => suite.errors().length > 0);
    failures.push(...suites.map((suite) => `${file}: ${suite.fullName}: ${suite.errors()[0]?.message ?? ""}`));
    failures.push(...module.errors().map(({ message }) => `${file}: ${message}`));
    // A file that does not load has no tests to fail.
    if (module.state() === "failed" && count.passed + count.failed === before) count.failed += 1;
  }
  const unhandled = vitest.state.getUnhandledErrors();
  count.failed += unhandled.length;
  failures.push(...unhandled.map((error) => `${project}: ${messageOf(error)}`));
  await vitest.close();
  return { ...count, failures };
}

/** What was thrown where nobody caught it comes from another thread, without its prototype. */
function messageOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === "string" ? message : inspect(error);
}

for (const project of process.argv.slice(2)) {
  const count = await runProject(project);
  await new Promise((resolve) => process.send?.(count, resolve));
}
process.exit();
