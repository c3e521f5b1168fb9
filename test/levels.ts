import { engineNames, missingForDocker29, systemEngine } from "./support/engine-kinds.ts";
import { missingForEngine } from "./support/engine.ts";
import { missingForDocker } from "./support/fixtures.ts";
import { missingForPulumi } from "./support/pulumi.ts";

/** Tests of one kind on one kind of engine. */
export interface Level {
  readonly name: string;
  readonly description: string;
  /** Name of the kind of engine that they run on. */
  readonly engine: string;
  /** Whether an engine is started for each project, as those beside it would find what it makes. */
  readonly apart: boolean;
  /** Projects in vitest.config.ts, which may run beside one another. */
  readonly projects: readonly string[];
  /** Words of REQUIRE that make it an error not to run this level. */
  readonly requiredBy: readonly string[];
  /** Why it cannot run here. */
  readonly missing: string | undefined;
}

/** Every level, in the order in which they are told of. */
export async function levels(): Promise<readonly Level[]> {
  const docker = await missingForDocker();
  const pulumi = docker ?? (await missingForPulumi());
  const docker29 = missingForDocker29() ?? missingForEngine();
  const engine = systemEngine.name;
  const more = engineNames.filter((name) => name !== engine);
  return [
    {
      name: "unit",
      description: "unit tests, no tools",
      engine,
      apart: false,
      projects: ["unit"],
      requiredBy: [],
      missing: undefined,
    },
    {
      name: "integration",
      description: "integration tests with Docker",
      engine,
      apart: false,
      projects: ["integration"],
      requiredBy: ["docker"],
      missing: docker,
    },
    {
      name: "e2e",
      description: "end-to-end tests with Docker and the Pulumi CLI",
      engine,
      apart: false,
      projects: ["e2e", "e2e-embedded"],
      requiredBy: ["pulumi"],
      missing: pulumi,
    },
    {
      name: "e2e of packages",
      description: "end-to-end tests of packages on closed hosts, with Docker and the Pulumi CLI",
      engine,
      // Where no second engine can be started they say so themselves.
      apart: missingForEngine() === undefined,
      projects: ["e2e-package", "e2e-package-faults"],
      requiredBy: ["pulumi"],
      missing: pulumi,
    },
    ...more.flatMap((other): Level[] => [
      {
        name: `integration on ${other}`,
        description: "integration tests with Docker 29",
        engine: other,
        apart: true,
        projects: ["integration-engines"],
        requiredBy: ["docker29"],
        missing: docker ?? docker29,
      },
      {
        name: `e2e on ${other}`,
        description: "end-to-end tests of what engines differ in, with Docker 29 and the Pulumi CLI",
        engine: other,
        apart: true,
        projects: ["e2e-engines"],
        requiredBy: ["docker29"],
        missing: pulumi ?? docker29,
      },
    ]),
  ];
}
