import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { model } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker } from "../support/shell.ts";

const registry = inject("registry");

describe("a server that holds the model", () => {
  let project: Project;
  let server: TestServer;
  let client: OllamaClient;

  beforeAll(async () => {
    project = await Project.create();
    server = await startServer("--cpus", "1");
    client = new OllamaClient(server.url);
    const { url, container } = server;
    const input = { url, container, volume: "none", registry: registry.url, model, digest: registry.digest };
    const { status, output } = await project.command("pull-model.ts", input);
    if (status !== 0) throw new Error(output);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await project.remove();
  });

  const setThreads = async (threads: number | null) => {
    const { url, container } = server;
    return project.command("set-threads.ts", { url, container, model, digest: registry.digest, threads });
  };
  const gate = (changes: object = {}) => {
    const { url, container } = server;
    const readiness = { prompt: "The capital of France is", pattern: "Paris", timeout: 120 };
    const limits = { minTokensPerSecond: 0.1, requireGpu: false };
    return project.command("gate.ts", {
      url,
      container,
      model,
      digest: registry.digest,
      ...readiness,
      ...limits,
      ...changes,
    });
  };

  it("gets its thread count as a parameter of the model, which stays available unchanged", async () => {
    const { status, stdout } = await setThreads(1);
    expect(stdout).toBe(`threads: 1, as a parameter of ${model} (Ollama 0.17.4); unchanged under pinned/${model}\n`);
    expect(status).toBe(0);
    expect(await client.parameters(model)).toMatch(/^num_thread +1$/m);
    expect(await client.digestOf(`pinned/${model}`)).toBe(registry.digest);
  });

  it("passes the gate with a line for each step", async () => {
    const { status, stdout, stderr } = await gate();
    expect(
      stderr
        .split("\n")
        .filter((line) => /^\d\/4/.test(line))
        .map((line) => line.replace(/:.*/, "")),
    ).toEqual(["1/4 server answers", "2/4 model is listed", "3/4 model loads", "4/4 model generates"]);
    expect(stdout).toBe(`${model} is ready at ${server.url}\n`);
    expect(status).toBe(0);
  });

  it("runs with that many threads", async () => {
    const log = await docker("logs", server.container).catch(() => "");
    expect(`${log}${(await project.run("docker", ["logs", server.container])).output}`).toMatch(/NumThreads:1 /);
  });

  it("takes another count, and Ollama's own choice again", async () => {
    await setThreads(2);
    expect(await client.parameters(model)).toMatch(/^num_thread +2$/m);
    expect((await setThreads(null)).stdout).toBe("threads: chosen by Ollama\n");
    expect(await client.digestOf(model)).toBe(registry.digest);
  });

  it("finds the unchanged model again without an expected digest", async () => {
    const { url, container } = server;
    await setThreads(1);
    const input = { url, container, volume: "none", registry: registry.url, model, digest: null };
    expect((await project.command("pull-model.ts", input)).stdout).toBe(`${registry.digest}\n`);
    const { status } = await project.command("set-threads.ts", { url, container, model, digest: null, threads: null });
    expect(status).toBe(0);
    expect(await client.digestOf(model)).toBe(registry.digest);
  });

  it("fails the gate with the step, what was seen, and the log", async () => {
    const cases: readonly (readonly [object, RegExp])[] = [
      [
        { model: "smollm2:1b" },
        /^Readiness gate, step 2\/4 model is listed, failed: smollm2:1b is not in the model store; it has /,
      ],
      [
        { digest: `sha256:${"1".repeat(64)}` },
        new RegExp(
          `^Readiness gate, step 2/4 model is listed, failed: ${model} has digest ${registry.digest}, and sha256:1+ was expected`,
        ),
      ],
      [
        { pattern: "^London" },
        /^Readiness gate, step 4\/4 model generates, failed: the answer to "The capital of France is" was ".*", which does not match \^London/,
      ],
      [
        { requireGpu: true },
        /^Readiness gate, step 5\/5 GPU holds the model, failed: 0 % of smollm2:135m is on the GPU/,
      ],
    ];
    for (const [changes, message] of cases) {
      const { status, stderr, stdout } = await gate(changes);
      const failure = stderr.slice(stderr.indexOf("Readiness gate, step"));
      expect(failure).toMatch(message);
      expect(failure).toMatch(/\nLast lines of the log of the container [0-9a-f]{12}:\n {2}\S/);
      expect(stdout).toBe("");
      expect(status).toBe(1);
    }
  });

  it("fails at the first step when the server is gone", async () => {
    await docker("kill", server.container);
    const { status, stderr } = await gate({ timeout: 2 });
    expect(stderr).toMatch(/^Readiness gate, step 1\/4 server answers, failed: /);
    expect(status).toBe(1);
  });
});
