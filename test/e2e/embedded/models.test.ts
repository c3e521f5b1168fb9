import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Finding } from "../../../operations/doctor/finding.ts";
import { parseRun } from "../../../operations/measure/load-run.ts";
import { embeddingModel, model } from "../../support/fixtures.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { stack } from "../../support/bundle.ts";
import type { StackConfig } from "../../support/project.ts";
import { docker, must, run } from "../../support/shell.ts";

const registry = inject("registry");
/** Seconds for which clients ask; more can be asked for by hand. */
const duration = Number(process.env["MODELS_SECONDS"] ?? 10);
const chat = { name: model, digest: registry.digest };
const embedding = { name: embeddingModel, digest: registry.embedding.digest, for: ["embedding"] };

describe("two models in one image, behind a gateway", () => {
  let gateway: GatewayProject;
  let url: string;

  const up = (keys: StackConfig) =>
    gateway.up(
      {
        clients: [
          { name: "backend" },
          { name: "search", models: [embeddingModel], endpoints: ["embed", "openai"] },
          "busy",
        ],
      },
      keys,
    );
  const ask = async (client: string, path: string, body: object) => {
    const token = (await gateway.tokens())[client] ?? "";
    const answer = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  };
  const loads = async () => {
    const { containerName } = await gateway.project.outputs(stack);
    const { output } = await run("docker", ["logs", containerName]);
    return [...output.matchAll(/(?:llama runner|llama-server) started in/g)].length;
  };

  /** Eight clients ask for both models without a pause; what came of it is printed. */
  async function eightClients(what: string): Promise<{ requests: number; failed: string[]; reloads: number }> {
    const before = await loads();
    const tokens = await gateway.tokens();
    const end = performance.now() + duration * 1000;
    const failed: string[] = [];
    let requests = 0;
    const generate = { model, prompt: "The capital of France is", stream: false, options: { num_predict: 8 } };
    const embed = { model: embeddingModel, input: ["A cat sits on the sofa.", "고양이가 소파에 앉아 있다."] };
    const client = async (index: number) => {
      for (let turn = index; performance.now() < end; turn += 1) {
        const [path, body] = turn % 2 === 0 ? ["/api/generate", generate] : ["/api/embed", embed];
        const answer = await fetch(`${url}${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${tokens["backend"] ?? ""}` },
          body: JSON.stringify(body),
        });
        requests += 1;
        const text = await answer.text();
        if (answer.status !== 200 || text.includes('"error"')) failed.push(`${answer.status} ${text.slice(0, 200)}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => client(index)));
    const reloads = (await loads()) - before;
    process.stdout.write(
      `${what}: 8 clients for ${duration} s, ${requests} requests, ${failed.length} failed, ${reloads} reloads\n`,
    );
    return { requests, failed, reloads };
  }

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    gateway = await gatewayProject(registry, port, { models: [chat, embedding] });
  });

  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
  });

  it("come up, each passes its part of the gate, and a second time changes nothing", async () => {
    const { status, output } = await up({ ollama: { maxLoadedModels: 2, numParallel: 4 } });
    expect(status, output).toBe(0);
    expect(output).toMatch(/model generates: smollm2:135m ".*Paris/);
    expect(output).toMatch(/model embeds: minilm:22m .*384/);
    const unchanged = async () => {
      const preview = await gateway.project.preview(stack, "--expect-no-changes");
      expect(preview.status, preview.output).toBe(0);
    };
    await unchanged();
    expect((await gateway.project.refresh(stack)).status).toBe(0);
    await unchanged();
  });

  it("are open to each client as it is configured", async () => {
    const embed = { model: embeddingModel, input: "hello" };
    expect((await ask("search", "/api/embed", embed)).status).toBe(200);
    expect((await ask("search", "/v1/embeddings", embed)).status).toBe(200);
    const refused = await ask("search", "/v1/chat/completions", { model, messages: [{ role: "user", content: "Hi" }] });
    expect(refused.status).toBe(404);
    expect(refused.text).toContain(`this client can use ${embeddingModel}`);
    expect(
      (await ask("backend", "/api/generate", { model, prompt: "Hi", stream: false, options: { num_predict: 4 } }))
        .status,
    ).toBe(200);
  });

  it("tell a client that asks a model for what it is not", async () => {
    const seen = await ask("backend", "/api/chat", {
      model,
      messages: [{ role: "user", content: "What is this?", images: ["iVBORw0KGgo="] }],
      stream: false,
    });
    expect(seen.status).toBe(400);
    expect(seen.text).toContain("Multimodal data provided, but model does not support multimodal requests.");
    const vectors = await ask("backend", "/api/embed", { model, input: "hello" });
    expect(vectors.status).toBeGreaterThanOrEqual(400);
  });

  it("answer each client as the API says, and refuse the rest as it says", { timeout: 300_000 }, async () => {
    const seen = async (client: string) => {
      const { stdout, output, status } = await gateway.project.run("node", [
        "commands/test-api.ts",
        stack,
        "--client",
        client,
        "--json",
      ]);
      expect(status, output).toBe(0);
      for (const token of Object.values(await gateway.tokens())) expect(output).not.toContain(token);
      const { checks } = JSON.parse(stdout) as { checks: { path: string; model: string | null; status: number }[] };
      return checks.map(({ path, status: got }) => `${path} ${got}`);
    };
    const backend = await seen("backend");
    expect(backend).toEqual(expect.arrayContaining(["/api/chat 200", "/v1/messages 200", "/api/embed 200"]));
    expect(backend).toEqual(expect.arrayContaining(["/api/generate 404", "/v1/messages 400", "/api/delete 403"]));
    const search = await seen("search");
    expect(search).toEqual(expect.arrayContaining(["/api/embed 200", "/api/chat 403", "/v1/chat/completions 401"]));
    expect(search).not.toContain("/api/generate 200");
  });

  it("are measured under load, beside nobody else unless that is asked for", { timeout: 300_000 }, async () => {
    const folder = join(gateway.project.folder, "measured");
    const load = (...more: string[]) => {
      const short = ["--prompt", "short", "--answer-tokens", "8", "--out", folder];
      return gateway.project.run("node", ["commands/load.ts", stack, ...short, ...more]);
    };
    const first = await load("--steps", "1,2", "--seconds", "3");
    expect(first.status, first.output).toBe(0);
    expect((await readdir(folder)).toSorted()).toEqual(["load.html", "load.json", "load.svg"]);
    const file = join(folder, "load.json");
    const { steps, client, cut, config } = parseRun(await readFile(file, "utf8"));
    expect([client, cut, config.numParallel]).toEqual(["backend", null, 4]);
    expect(steps.map((step) => [step.clients, step.answers > 0, step.failures, step.others])).toEqual([
      [1, true, {}, false],
      [2, true, {}, false],
    ]);
    const compared = await load("--steps", "2", "--seconds", "2", "--compare", file);
    expect(compared.stdout).toContain("short prompts, 2 clients");
    for (const token of Object.values(await gateway.tokens())) expect(first.output).not.toContain(token);

    const other = new AbortController();
    const answer = fetch(`${url}/api/generate`, {
      method: "POST",
      signal: other.signal,
      headers: { authorization: `Bearer ${(await gateway.tokens())["busy"] ?? ""}` },
      body: JSON.stringify({ model, raw: true, prompt: "1, 2, 3, 4, 5, 6, 7, 8, 9,", options: { num_predict: 4000 } }),
    });
    expect((await answer).status).toBe(200);
    const refused = await load("--steps", "1", "--seconds", "1");
    expect([refused.status, refused.stderr]).toEqual([3, expect.stringContaining("by client: busy 1")]);
    const forced = await load("--steps", "1", "--seconds", "1", "--force");
    other.abort();
    expect(forced.status, forced.output).toBe(0);
  });

  it("are each asked by the doctor, for an answer or a vector, and loaded again where their runners are stuck", async () => {
    const { containerName } = await gateway.project.outputs(stack);
    await ask("backend", "/api/generate", { model, prompt: "Hello", stream: false, options: { num_predict: 1 } });
    await ask("backend", "/api/embed", { model: embeddingModel, input: "Hello" });
    const pid = await docker("inspect", "--format", "{{.State.Pid}}", containerName);
    const runners = (await must("sh", ["-c", `cat /proc/${pid}/task/*/children`])).trim().split(/\s+/);
    expect(runners).toHaveLength(2);
    await must("kill", ["-STOP", ...runners]);
    const doctor = (...more: string[]) => gateway.project.run("node", ["commands/doctor.ts", stack, ...more]);
    // The server itself gives up a runner that has not answered it for 10 seconds, and starts another.
    const { stdout, output } = await doctor("--timeout", "4s", "--json");
    expect(output).toContain('"findings"');
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    expect(findings.map(({ id, evidence }) => [id, evidence[1]])).toEqual([
      ["stuck-runner", "POST /api/generate: nothing within 4 s"],
      ["stuck-runner", "POST /api/embed: nothing within 4 s"],
    ]);
    const mended = await doctor("--fix");
    expect(mended.status, mended.output).toBe(0);
  });

  it("answer 8 clients at once without a failure, and are not loaded again while there is room for both", async () => {
    expect(await eightClients("maxLoadedModels 2")).toMatchObject({ failed: [], reloads: 0 });
  });

  it("answer 8 clients at once without a failure while there is room for one, which is loaded again and again", async () => {
    const { status, output } = await up({ ollama: { maxLoadedModels: 1, numParallel: 4 } });
    expect(status, output).toBe(0);
    const { failed, reloads } = await eightClients("maxLoadedModels 1");
    expect(failed).toEqual([]);
    expect(reloads).toBeGreaterThan(0);
  });
});
