import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { embeddingModel, model } from "../../support/fixtures.ts";
import { freePort } from "../../support/free-port.ts";
import { gatewayProject, type GatewayProject } from "../../support/gateway.ts";
import { stack } from "../../support/bundle.ts";
import type { StackConfig } from "../../support/project.ts";
import { run } from "../../support/shell.ts";

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
      { clients: [{ name: "backend" }, { name: "search", models: [embeddingModel], endpoints: ["embed", "openai"] }] },
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
