import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { ask } from "../support/container.ts";
import { describeWithEngine, startClosedEngine, startSecondEngine, type Engine } from "../support/engine.ts";
import { fastOllamaImage, model } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project } from "../support/project.ts";
import { docker, must } from "../support/shell.ts";
import { pullingStack } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-engine");

describeWithEngine("the engine that `docker context use` has chosen", () => {
  let engine: Engine;
  let project: Project;
  let settings: string;
  let url: string;

  beforeAll(async () => {
    engine = await startSecondEngine();
    await engine.load(fastOllamaImage);
    // The docker CLI's own settings, so that nobody else's context changes.
    settings = await mkdtemp(join(tmpdir(), "gemma-docker-"));
    const env = { ...process.env, DOCKER_CONFIG: settings };
    const host = `host=${engine.env["DOCKER_HOST"] ?? ""}`;
    await must("docker", ["context", "create", "second", "--docker", host], { env });
    await must("docker", ["context", "use", "second"], { env });
    project = await Project.create({ DOCKER_CONFIG: settings });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await project.writeStack("dev", { ...pullingStack(registry, volume, port), baseImage: fastOllamaImage });
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
  const server = ["ps", "--all", "--format", "{{.Names}}", "--filter", "label=io.chatgemma.stack=gemma/dev"];
  const network = ["network", "ls", "--format", "{{.Name}}", "--filter", "label=io.chatgemma.stack=gemma/dev"];

  it("gets the whole stack, and the other engine nothing", async () => {
    const { status, output } = await project.run("npm", ["run", "up:dev"]);
    expect(status, output).toBe(0);
    expect(await ask(url, model)).toContain("Paris");
    expect(await inBoth(...server)).toEqual({ first: [], second: [(await project.outputs("dev")).containerName] });
    expect(await inBoth(...network)).toEqual({ first: [], second: [expect.stringMatching(/^ollama-network-/)] });
    const volumes = ["volume", "ls", "--quiet", "--filter", `name=${volume}`];
    expect(await inBoth(...volumes)).toEqual({ first: [], second: [volume] });
    const preview = await project.preview("dev", "--expect-no-changes");
    expect(preview.status, preview.output).toBe(0);
  });

  it("keeps a stack whose engine is not the chosen one any more, which is said before anything is changed", async () => {
    const env = { DOCKER_CONTEXT: "default" };
    const { status, output } = await project.run("npm", ["run", "up:dev"], { env });
    expect(output).toContain(
      `The stack dev is in the engine ${engine.env["DOCKER_HOST"] ?? ""}, and the chosen one is unix:///var/run/docker.sock; nothing was changed. `,
    );
    expect(status).toBe(1);
    expect(await inBoth(...server)).toEqual({ first: [], second: [(await project.outputs("dev")).containerName] });
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
      expect(status).toBe(1);
    } finally {
      await closed.stop();
    }
  });
});
