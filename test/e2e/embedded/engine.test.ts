import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { exitStatus } from "../../../support/exit-status.ts";
import { describeWithEngine, startClosedEngine, type Engine } from "../../support/engine.ts";
import { embeddedStack } from "../../support/bundle.ts";
import { ollamaImage } from "../../support/fixtures.ts";
import { Project } from "../../support/project.ts";
import { docker, must } from "../../support/shell.ts";

const registry = inject("registry");

describeWithEngine("the engine that `docker context use` has chosen", () => {
  let engine: Engine;
  let project: Project;
  let settings: string;

  beforeAll(async () => {
    engine = await startClosedEngine();
    await engine.load(ollamaImage);
    // The docker CLI's own settings, so that nobody else's context changes.
    settings = await mkdtemp(join(tmpdir(), "gemma-docker-"));
    const env = { ...process.env, DOCKER_CONFIG: settings };
    const host = `host=${engine.env["DOCKER_HOST"] ?? ""}`;
    await must("docker", ["context", "create", "second", "--docker", host], { env });
    await must("docker", ["context", "use", "second"], { env });
    project = await Project.create({ DOCKER_CONFIG: settings }, engine.prefix);
    await project.writeStack("dev", await embeddedStack(registry, 11434));
    await must("node", ["commands/stage.ts", "dev"], { cwd: project.folder });
  });

  afterAll(async () => {
    await project.run("npm", ["run", "down", "-s", "dev"]);
    await engine.stop();
    await project.remove();
    await rm(settings, { recursive: true });
  });

  const inBoth = async (...command: string[]) => ({
    first: (await docker(...command)).split("\n").filter((line) => line !== ""),
    second: (await engine.inside("docker", ...command)).split("\n").filter((line) => line !== ""),
  });

  it("gets the whole stack, and the other engine nothing", async () => {
    const { status, output } = await project.run("npm", ["run", "up:dev"]);
    expect(status, output).toBe(0);
    expect(output).toMatch(/4\/4 model generates: smollm2:135m ".*Paris.*"/);
    const { containerName, imageIdentity } = await project.outputs("dev");
    const place = '{{index .Config.Labels "io.chatgemma.state"}}';
    const label = `label=io.chatgemma.state=${await engine.inside("docker", "inspect", "--format", place, containerName)}`;
    const server = ["ps", "--all", "--format", "{{.Names}}", "--filter", label];
    expect(await inBoth(...server)).toEqual({ first: [], second: [containerName] });
    const network = ["network", "ls", "--format", "{{.Name}}", "--filter", label];
    expect(await inBoth(...network)).toEqual({ first: [], second: [expect.stringMatching(/^ollama-network-/)] });
    const image = ["image", "ls", "--quiet", imageIdentity];
    expect(await inBoth(...image)).toEqual({ first: [], second: [expect.any(String)] });
    const preview = await project.preview("dev", "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
  });

  it.each([
    [
      { DOCKER_CONTEXT: "nowhere" },
      /Docker cannot tell which engine to use: .*nowhere.*; choose the engine with DOCKER_HOST/,
    ],
    [
      { DOCKER_HOST: "unix:///nowhere/docker.sock" },
      /There is no Docker engine at unix:\/\/\/nowhere\/docker.sock: start it with/,
    ],
    [
      { DOCKER_HOST: "tcp://192.0.2.1:2375" },
      /leads to the engine tcp:\/\/192.0.2.1:2375, and this program needs one on this machine/,
    ],
  ])("is needed: %j is refused in one sentence", async (env, sentence) => {
    for (const command of [
      ["npm", "run", "up:dev"],
      ["pulumi", "preview", "--stack", "dev", "--non-interactive"],
    ]) {
      const [first = "", ...rest] = command;
      const { status, output } = await project.run(first, rest, { env });
      expect(output).toMatch(sentence);
      expect(output).not.toMatch(/unexpected error|^\s+at /m);
      expect(status).not.toBe(0);
    }
  });

  it("is refused when it runs in another network namespace", async () => {
    const closed = await startClosedEngine();
    try {
      const { status, output } = await project.run("npm", ["run", "up:dev"], { env: closed.env });
      expect(output).toMatch(
        /runs in another network namespace, and this host cannot reach its containers: run this program where/,
      );
      expect(status).toBe(exitStatus.refused);
    } finally {
      await closed.stop();
    }
  });
});
