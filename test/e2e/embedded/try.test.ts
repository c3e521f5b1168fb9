import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { embeddedStack, imageId, otherBase, removeTestImages, stack } from "../../support/bundle.ts";
import { Project } from "../../support/project.ts";
import { docker, run } from "../../support/shell.ts";
import { uniqueName } from "../../support/unique-name.ts";

const registry = inject("registry");

describe("npm run try of a stack with the model in its image that is not up", () => {
  let project: Project;
  const name = `${uniqueName("gemma-e2e-base")}:1`;
  const images = async () =>
    (await docker("images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}}", "localhost/gemma/smollm2")).split(
      "\n",
    );

  beforeAll(async () => {
    project = await Project.create();
    await project.writeStack(stack, await embeddedStack(registry, 0));
    const staged = await project.run("node", ["commands/stage.ts", stack]);
    expect(staged.status, staged.output).toBe(0);
    await otherBase(name);
  });

  afterAll(async () => {
    await removeTestImages();
    await run("docker", ["rmi", "-f", name]);
    await project.remove();
  });

  it("tries both on the side, and removes the images that it has built", async () => {
    const before = await images();
    const tried = await imageId(name);
    const { status, stdout, output } = await project.run("npm", [
      "run",
      "try",
      "-s",
      stack,
      "--",
      "--base-image",
      tried,
    ]);
    expect(status, output).toBe(0);
    expect(output).toContain(
      `The stack ${stack} is not up: the image that it is configured with is tried on the side first`,
    );
    expect(stdout).toMatch(/^ +configured +tried$/m);
    expect(stdout).toMatch(/^answers, same word for word +3 of 3$/m);
    expect(stdout).toMatch(/^start until the gate is passed +\d+\.\d s +\d+\.\d s$/m);
    expect(await images()).toEqual(before);
  });
});
