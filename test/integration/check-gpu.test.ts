import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ollamaImage } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { docker } from "../support/shell.ts";

describe("the check of the GPUs", () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create();
  });

  afterAll(async () => {
    await project.remove();
  });

  it("starts nothing when there is none to check", async () => {
    const { status, output } = await project.command("check-gpu.ts", {
      image: "no-such-image",
      gpus: { kind: "none" },
    });
    expect(output).toBe("");
    expect(status).toBe(0);
  });

  it("says what Docker answered for an image that is not there", async () => {
    const input = { image: `sha256:${"3".repeat(64)}`, gpus: { kind: "count", count: 1 } };
    const { status, stderr } = await project.command("check-gpu.ts", input);
    expect(stderr).toMatch(/^Docker cannot give a container the GPUs of the key gpus \(1\):\n- /);
    expect(stderr).toMatch(/\nDocker said: .*3333/s);
    expect(status).toBe(1);
  });

  it("says what to install on a host without the NVIDIA runtime", async () => {
    const image = await docker("image", "inspect", "--format", "{{.Id}}", ollamaImage);
    const { status, stderr } = await project.command("check-gpu.ts", { image, gpus: { kind: "count", count: 1 } });
    expect(stderr).toMatch(/^Docker cannot give a container the GPUs of the key gpus \(1\):\n- /);
    expect(stderr).toContain(
      "\n- NVIDIA toolkit: nothing of the toolkit: install the package nvidia-container-toolkit",
    );
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      'Docker said: docker: Error response from daemon: could not select device driver "nvidia" with capabilities: [[gpu]]',
    );
    expect(status).toBe(1);
  });
});
