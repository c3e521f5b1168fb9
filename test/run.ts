import { startVitest } from "vitest/node";
import { projectFolder } from "../support/project-folder.ts";
import { missingForDocker } from "./support/fixtures.ts";
import { missingForPulumi } from "./support/pulumi.ts";

/** A level of the test suite, and why it cannot run here. */
interface Level {
  readonly name: "unit" | "integration" | "e2e";
  /** Projects in vitest.config.ts, which run beside one another. */
  readonly projects: readonly string[];
  readonly description: string;
  /** Words of REQUIRE that make it an error not to run this level. */
  readonly requiredBy: readonly string[];
  readonly missing: string | undefined;
}

/** How the tests of a level ended. */
interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

async function levels(): Promise<readonly Level[]> {
  const docker = await missingForDocker();
  return [
    { name: "unit", projects: ["unit"], description: "unit tests, no tools", requiredBy: [], missing: undefined },
    {
      name: "integration",
      projects: ["integration"],
      description: "integration tests with Docker",
      requiredBy: ["docker"],
      missing: docker,
    },
    {
      name: "e2e",
      projects: ["e2e", "e2e-embedded"],
      description: "end-to-end tests with Docker and the Pulumi CLI",
      requiredBy: ["pulumi"],
      missing: docker ?? (await missingForPulumi()),
    },
  ];
}

/** Runs the tests of one project with its reporter on the terminal, and counts them. */
async function runProject(project: string): Promise<Count> {
  const vitest = await startVitest([], { root: projectFolder, project: [project], watch: false, run: true });
  const count: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const module of vitest.state.getTestModules()) {
    const before = count.passed + count.failed;
    for (const { result } of tests(module)) count[result] += 1;
    // A file that does not load has no tests to fail.
    if (module.state() === "failed" && count.passed + count.failed === before) count.failed += 1;
  }
  count.failed += vitest.state.getUnhandledErrors().length;
  await vitest.close();
  return count;
}

function tests(module: { children: { allTests(): Iterable<{ result(): { state: string } }> } }) {
  return [...module.children.allTests()].map((test) => {
    const { state } = test.result();
    return { result: state === "passed" || state === "failed" ? state : "skipped" } as const;
  });
}

const required = (process.env["REQUIRE"] ?? "").split(",").filter((word) => word !== "");
const isRequired = (level: Level) => level.requiredBy.some((word) => required.includes(word));
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const summary: string[] = [];

for (const level of await levels()) {
  if (level.missing === undefined) {
    process.stdout.write(`\n== ${level.name}: ${level.description}\n`);
    const counts = await Promise.all(level.projects.map(runProject));
    const sum = (key: keyof Count) => counts.reduce((total, count) => total + count[key], 0);
    const count: Count = { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
    if (count.skipped > 0 && isRequired(level)) {
      summary.push(
        `${level.name}: FAILED, REQUIRE=${required.join(",")} asks for it, and it skipped the tests named above`,
      );
      count.failed += count.skipped;
      count.skipped = 0;
    }
    for (const key of ["passed", "failed", "skipped"] as const) total[key] += count[key];
    summary.push(`${level.name}: ran, ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  } else if (isRequired(level)) {
    total.failed += 1;
    summary.push(`${level.name}: FAILED, REQUIRE=${required.join(",")} asks for it, and ${level.missing}`);
  } else {
    total.skipped += 1;
    summary.push(`${level.name}: skipped, ${level.missing}`);
  }
}

process.stdout.write(`\n${summary.join("\n")}\n`);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
