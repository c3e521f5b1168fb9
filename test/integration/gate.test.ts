import { totalmem } from "node:os";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { ollamaUserId } from "../../ollama/server.ts";
import { readLines } from "../../support/lines.ts";
import { model, ollamaImage } from "../support/fixtures.ts";
import { chatReadiness } from "../support/gate-input.ts";
import { Project } from "../support/project.ts";
import { keepKillingRunners, killRunner, runner } from "../support/runner.ts";
import { startDeclaredServer, type TestServer } from "../support/server.ts";
import { docker, must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-integration-gate");

describe("a server as the program declares it", () => {
  let project: Project;
  let server: TestServer;
  let client: OllamaClient;

  beforeAll(async () => {
    project = await Project.create();
    await must("docker", ["volume", "create", volume]);
    await project.command("own-volume.ts", { volume, image: ollamaImage, userId: ollamaUserId });
    server = await startDeclaredServer(volume, ollamaImage);
    client = new OllamaClient(server.url);
    const { url, container } = server;
    const models = [{ model, digest: registry.digest }];
    const input = { url, container, volume, registry: registry.url, models, prune: false };
    const { status, output } = await project.command("pull-models.ts", input);
    if (status !== 0) throw new Error(output);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const log = async () => (await run("docker", ["logs", server.container])).output;
  const gate = (changes: object = {}, limits: object = {}) => {
    const { url, container } = server;
    const models = [{ ...chatReadiness(registry), ...changes }];
    return project.command("gate.ts", { url, container, models, timeout: 120, requireGpu: false, ...limits });
  };

  /** What a gate that fails says. */
  const failureOf = async (changes: object, limits?: object): Promise<string> => {
    const { status, stderr, stdout } = await gate(changes, limits);
    const failure = stderr.slice(stderr.indexOf("Readiness gate, step"));
    expect(failure).toMatch(/\nLast lines of the log of the container [0-9a-f]{12}:\n {2}\S/);
    expect(stdout).toBe("");
    expect(status).toBe(1);
    return failure;
  };

  it("needs no parameter of the model for its thread count", async () => {
    const { url, container } = server;
    const models = [{ model, digest: registry.digest, contextLength: null }];
    const { status, stdout } = await project.command("set-parameters.ts", { url, container, models, threads: 1 });
    expect(stdout).toBe(`${model}: no parameters of its own\nthreads: 1, by LLAMA_ARG_THREADS\n`);
    expect(status).toBe(0);
    expect((await client.tags()).map(({ name, digest }) => [name, `sha256:${digest}`])).toEqual([
      [model, registry.digest],
    ]);
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

  it("hands its runner the thread count and the size of the prompt cache", async () => {
    const { environment } = await runner(server.container);
    expect(environment).toEqual(expect.arrayContaining(["LLAMA_ARG_THREADS=1", "LLAMA_ARG_CACHE_RAM=512"]));
    expect(await log()).toMatch(/ n_threads = 1$/m);
    expect(await log()).toMatch(/ prompt cache is enabled, size limit: 512 MiB$/m);
  });

  it("holds all weights in the container's own memory", async () => {
    const { anonymous } = await runner(server.container);
    expect(anonymous).toBeGreaterThan(registry.weights.size);
  });

  it("reckons with the limit under cgroup v2 and with the host's memory under v1", async () => {
    const version = await docker("info", "--format", "{{.CgroupVersion}}");
    const reckoned = version === "1" ? totalmem() : 2 * 1024 ** 3;
    expect(await log()).toContain(`msg="system memory" total="${(reckoned / 1024 ** 3).toFixed(1)} GiB"`);
  });

  it("asks nobody outside", async () => {
    expect(await log()).toContain('msg="Ollama cloud disabled: true"');
    expect(await log()).not.toContain("https://ollama.com");
  });

  it("says that a model has no embeddings", async () => {
    const body = JSON.stringify({ model, input: "Paris" });
    const answer = await fetch(`${server.url}/api/embed`, { method: "POST", body });
    expect(answer.status).toBe(501);
    expect(await answer.json()).toEqual({ error: expect.stringMatching(/does not support embeddings/) as string });
  });

  it("fails the gate with the step, what was seen, and the log", async () => {
    const cases: readonly (readonly [object, RegExp, object?])[] = [
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
        /^Readiness gate, step 4\/4 model generates, failed: smollm2:135m: the answer to "The capital of France is" was ".*", which does not match \^London/,
      ],
      [
        {},
        /^Readiness gate, step 5\/5 GPU holds the model, failed: 0 % of smollm2:135m is on the GPU/,
        { requireGpu: true },
      ],
    ];
    for (const [changes, message, limits] of cases) expect(await failureOf(changes, limits)).toMatch(message);
  });

  describe("whose runner is killed", () => {
    const story = { model, prompt: "Tell a long story.", options: { num_predict: 4000, temperature: 0 } };

    it("ends a stream with an error under status 200, and starts another for the next request", async () => {
      const answer = await fetch(`${server.url}/api/generate`, { method: "POST", body: JSON.stringify(story) });
      expect(answer.status).toBe(200);
      const lines: string[] = [];
      for await (const line of readLines(answer.body as AsyncIterable<unknown>)) {
        if (lines.length === 0) await killRunner(server.container);
        lines.push(line);
      }
      expect(JSON.parse(lines.at(-1) ?? "")).toEqual({
        error: "an error was encountered while running the model: unexpected EOF",
      });
      expect((await client.ps()).map(({ name }) => name)).toEqual([model]);
      expect((await gate()).status).toBe(0);
    });

    it("fails a request that does not stream with the reason", async () => {
      const tasks = async () => (await log()).split("processing task").length;
      const before = await tasks();
      const answer = client.generate(model, story.prompt, story.options.num_predict).catch((error: unknown) => error);
      await expect.poll(tasks, { timeout: 60_000 }).toBeGreaterThan(before);
      await killRunner(server.container);
      expect(await answer).toMatchObject({
        message: "/api/generate answered 500: an error was encountered while running the model: unexpected EOF",
      });
    });

    it("fails the gate with the reason when it dies again and again", async () => {
      await using _ = keepKillingRunners(server.container);
      expect(await failureOf({})).toMatch(
        /^Readiness gate, step 3\/4 model loads, failed: smollm2:135m: \/api\/generate answered 500: llama-server process has terminated: signal: killed\n/,
      );
    });
  });

  it("fails at the first step when the server is gone", async () => {
    await docker("kill", server.container);
    const { status, stderr } = await gate({}, { timeout: 2 });
    expect(stderr).toMatch(/^Readiness gate, step 1\/4 server answers, failed: /);
    expect(status).toBe(1);
  });
});
