import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeContainer, startRegistry } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";
import { inTurn, resultLine, seconds } from "./pairs.ts";

const rounds = 7;
const volume = uniqueName("gemma-benchmark");

const emptyProject = `name: gemma
runtime:
  name: nodejs
  options:
    typescript: false
main: index.ts
backend:
  url: file://./state
options:
  refresh: always
`;

const emptyProgram = `import "@pulumi/pulumi";
import "@pulumi/docker";
import "@pulumi/command";
import "@pulumi/random";
`;

/** A preview that finds nothing to do, against that of an empty program that imports the same providers. */
export async function benchmarkPreview(): Promise<string[]> {
  const registry = await startRegistry();
  const full = await Project.create();
  const empty = await Project.create();
  try {
    await full.writeStack("bench", pullingStack(registry, volume, 0));
    await empty.writeStack("bench", {});
    await writeFile(join(empty.folder, "Pulumi.yaml"), emptyProject);
    await writeFile(join(empty.folder, "index.ts"), emptyProgram);
    for (const project of [full, empty]) {
      await project.createStack("bench");
      const { status, output } = await project.up("bench");
      if (status !== 0) throw new Error(output);
    }
    const against = async (what: string, ...args: string[]) => {
      const preview = (project: Project) => seconds(() => project.preview("bench", "--expect-no-changes", ...args));
      await preview(full);
      await preview(empty);
      const pairs = await inTurn(
        rounds,
        () => preview(full),
        () => preview(empty),
      );
      return resultLine(`preview without changes ${what}, this program against an empty one`, "s", pairs);
    };
    // The provider waits 2 s for each network that it reads, and an empty program has none.
    return [await against("and without refresh", "--refresh=false"), await against("and with refresh")];
  } finally {
    await full.destroy("bench");
    await run("docker", ["volume", "rm", "-f", volume]);
    await removeContainer(registry.container);
    await full.remove();
    await empty.remove();
  }
}
