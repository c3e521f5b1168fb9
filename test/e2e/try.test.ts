import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { exitStatus } from "../../support/exit-status.ts";
import { leftOfTrials } from "../support/bundle.ts";
import { ask } from "../support/container.ts";
import { blobRequests, model, ollamaImage, oldOllamaImage, registryImage } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project } from "../support/project.ts";
import { docker, must, run } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-try");

describe("npm run try beside a stack that pulls its model", () => {
  let project: Project;
  let url: string;
  const broken = `${uniqueName("gemma-e2e-broken")}:1`;
  const absent = `${uniqueName("gemma-e2e-absent")}:1`;
  let before: { requests: number; files: string; started: string; containers: string; trials: string[] };

  const tryOut = (image: string) => project.run("npm", ["run", "try", "-s", "dev", "--", "--base-image", image]);
  /** Containers and networks of trials of this project. */
  const left = async () => [
    ...(await leftOfTrials(project, "try")),
    ...(await readdir(join(project.folder, "staged")).catch(() => [])),
  ];
  const seen = async () => ({
    requests: await blobRequests(registry),
    // Times of what is in the volume, too.
    files: await docker(
      ...["run", "--rm", "--network", "none", "--entrypoint", "sh", "-v", `${volume}:/v:ro`, oldOllamaImage],
      ...["-c", "ls -lnR --full-time /v"],
    ),
    started: await docker("inspect", "--format", "{{.State.StartedAt}}", (await project.outputs("dev")).containerName),
    containers: await docker("ps", "--all", "--quiet", "--filter", `volume=${volume}`),
    trials: await left(),
  });

  beforeAll(async () => {
    project = await Project.create();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await project.writeStack("dev", { ...pullingStack(registry, volume, port), baseImage: oldOllamaImage });
    const { status, output } = await project.run("npm", ["run", "up:dev"]);
    expect(status, output).toBe(0);
    // It tells its version, and ends as soon as it is to serve.
    const script = 'case "$1" in serve) echo "no such luck" >&2; exit 3;; *) exec ollama "$@";; esac';
    const entrypoint = `ENTRYPOINT ["sh", "-c", ${JSON.stringify(script)}, "sh"]`;
    const container = await docker("create", ollamaImage);
    await must("docker", ["commit", "--change", entrypoint, container, broken]);
    await docker("rm", container);
    before = await seen();
  });

  afterAll(async () => {
    await project.run("npm", ["run", "down", "-s", "dev"]);
    await run("docker", ["volume", "rm", "-f", volume]);
    await run("docker", ["rmi", "-f", broken]);
    await project.remove();
  });

  it("compares a newer Ollama with the running one, and leaves nothing", async () => {
    const { status, stdout, output } = await tryOut(ollamaImage);
    expect(status, output).toBe(0);
    const rows = stdout
      .split("\n")
      .filter((line) => line.includes("  "))
      .map((line) => line.trimEnd().split(/ {2,}/));
    expect(rows.slice(0, 9)).toEqual([
      ["", "running", "tried"],
      ["image", oldOllamaImage, ollamaImage],
      ["Ollama", "0.17.4", "0.33.3"],
      ["answers, same word for word", expect.stringMatching(/^[0-3] of 3$/)],
      ["tokens/s, median", expect.stringMatching(/^\d+\.\d$/), expect.stringMatching(/^\d+\.\d$/)],
      ["memory of its processes", expect.stringMatching(/^\d.* MiB$/), expect.stringMatching(/^\d.* MiB$/)],
      ["memory of the model, by Ollama", expect.stringMatching(/^\d.* MiB$/), expect.stringMatching(/^\d.* MiB$/)],
      ["start until the gate is passed", "unknown", expect.stringMatching(/^\d+\.\d s$/)],
      ["loading the model", expect.stringMatching(/^\d+\.\d s$/), expect.stringMatching(/^\d+\.\d s$/)],
    ]);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(
      `${ollamaImage} passes the gate and answers; nothing was changed. To move to it, ` +
        `write \`gemma:baseImage: ${ollamaImage}\` into Pulumi.dev.yaml, and then run \`npm run up:dev\``,
    );
    expect(await seen()).toEqual(before);
    expect(before.trials).toEqual([]);
  });

  it("tells why an image does not start, and the stack serves on", async () => {
    const { status, output } = await tryOut(broken);
    expect(output).toContain(`${broken} does not serve ${model}: `);
    expect(output).toMatch(/Last lines of the log of the container [0-9a-f]{12}:\n {2}no such luck\n/);
    expect(output.trimEnd().split("\n").at(-1)).toBe("Nothing of the trial is left, and the stack dev serves on");
    expect(status).toBe(exitStatus.oldServes);
    expect(await seen()).toEqual(before);
    expect(await ask(url, model)).toContain("Paris");
  });

  it.each([
    [registryImage, exitStatus.refused, `${registryImage} is not an image of Ollama: asked for its version, it said "`],
    [absent, exitStatus.failed, `The base image ${absent} is not in the engine and cannot be pulled: `],
    ["ollama", exitStatus.usage, "--base-image: got ollama; name a version"],
  ])("refuses %s before anything is brought up", async (image, expected, sentence) => {
    const { status, output } = await tryOut(image);
    expect(output).toContain(sentence);
    expect(output).not.toContain("on a network with no way out");
    expect(status).toBe(expected);
    expect(await seen()).toEqual(before);
  });
});
