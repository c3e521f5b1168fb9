import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { ask, containers } from "../support/container.ts";
import { model } from "../support/fixtures.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-replacement");

describe("replacement", () => {
  let project: Project;
  let config: StackConfig;

  beforeAll(async () => {
    project = await Project.create();
    config = pullingStack(registry, volume, 0);
    await project.writeStack("e2e", config);
    await project.createStack("e2e");
    const { status, output } = await project.up("e2e");
    if (status !== 0) throw new Error(output);
  });

  afterAll(async () => {
    await project.destroy("e2e");
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  it("leaves the old container serving when the gate of a new one fails", async () => {
    const old = await project.outputs("e2e");
    await project.writeStack("e2e", {
      ...config,
      ollama: { numParallel: 2 },
      readiness: { pattern: "No such words in any answer" },
    });
    const { status, output } = await project.up("e2e");
    expect(status).not.toBe(0);
    expect(output).toMatch(
      /Readiness gate, step 4\/4 model generates, failed: smollm2:135m: the answer to "The capital of France is" was ".*", which does not match No such words in any answer/,
    );
    expect(output).toMatch(/Last lines of the log of the container [0-9a-f]{12}:\n +.*\S/);
    expect(await containers({ volume })).toContain(old.containerName);
    expect(await ask(old.baseUrl, model)).toContain("Paris");
  });

  it("switches and removes what is left over with the next good up", async () => {
    await project.writeStack("e2e", { ...config, ollama: { numParallel: 2 } });
    const { status } = await project.up("e2e");
    expect(status).toBe(0);
    const { baseUrl, containerName } = await project.outputs("e2e");
    expect(await containers({ volume })).toEqual([containerName]);
    expect(await ask(baseUrl, model)).toContain("Paris");
    expect((await project.refresh("e2e")).status).toBe(0);
    expect((await project.preview("e2e", "--expect-no-changes")).status).toBe(0);
  });

  it("removes the volume on destroy when the configuration says so", async () => {
    expect((await project.destroy("e2e")).status).toBe(0);
    const { stdout } = await run("docker", ["volume", "ls", "--quiet", "--filter", `name=${volume}`]);
    expect(stdout).toBe("");
  });
});
