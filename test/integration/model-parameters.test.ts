import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { modelsPath } from "../../ollama/server.ts";
import { ask } from "../support/container.ts";
import { embeddingModel, model } from "../support/fixtures.ts";
import { Project } from "../support/project.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-integration-parameters");
const chat = { model, digest: registry.digest };
const embedding = { model: embeddingModel, digest: registry.embedding.digest };
const pinned = `pinned/${model}`;

describe("a context of a model's own in a volume", () => {
  let project: Project;
  let server: TestServer;
  let client: OllamaClient;

  beforeAll(async () => {
    project = await Project.create();
    server = await startServer("-v", `${volume}:${modelsPath}`, "-e", "OLLAMA_MAX_LOADED_MODELS=2");
    client = new OllamaClient(server.url);
    const { status, output } = await pull();
    if (status !== 0) throw new Error(output);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const pull = () => {
    const { url, container } = server;
    const input = { url, container, volume, registry: registry.url, models: [chat, embedding], prune: false };
    return project.command("pull-models.ts", input);
  };
  const set = (contextLength: number | null, { url, container }: TestServer = server) => {
    const models = [
      { ...chat, contextLength },
      { ...embedding, contextLength: null },
    ];
    return project.command("set-parameters.ts", { url, container, models, threads: null });
  };
  const context = async () => {
    await client.load(model);
    return (await client.ps()).find(({ name }) => name === model)?.context_length;
  };
  const digests = async () => Object.fromEntries((await client.tags()).map(({ name, digest }) => [name, digest]));
  const hex = (digest: string) => digest.slice("sha256:".length);
  const unchanged = { [model]: hex(registry.digest), [embeddingModel]: hex(registry.embedding.digest) };

  it("becomes a parameter of that model alone, which is loaded with it and stays there unchanged", async () => {
    const { status, stdout } = await set(768);
    expect(stdout).toBe(
      `${model}: num_ctx 768 (Ollama 0.33.3); unchanged under ${pinned}\n` +
        `${embeddingModel}: no parameters of its own\nthreads: chosen by Ollama\n`,
    );
    expect(status).toBe(0);
    expect(await client.parameters(model)).toMatch(/^num_ctx +768$/m);
    expect(await context()).toBe(768);
    const { [model]: derived, ...others } = await digests();
    expect(derived).not.toBe(hex(registry.digest));
    expect(others).toEqual({
      [pinned]: hex(registry.digest),
      [embeddingModel]: hex(registry.embedding.digest),
    });
    expect(await ask(server.url, model)).toContain("Paris");
  });

  it("stays as it is when it is set again, and is no reason to pull the model again", async () => {
    const before = await digests();
    expect((await set(768)).status).toBe(0);
    const { stdout, stderr } = await pull();
    expect(stderr).not.toContain("Pulling");
    expect(stdout).toBe(`${registry.digest}\n${registry.embedding.digest}\n`);
    expect(await digests()).toEqual(before);
  });

  it("is there for a server that can only read the models, and another one is refused", async () => {
    await using reader = await startServer("-v", `${volume}:${modelsPath}:ro`);
    expect((await set(768, reader)).stdout).toContain(`${model}: num_ctx 768 (Ollama 0.33.3)`);
    const { status, stderr } = await set(1024, reader);
    expect(stderr).toBe(`${model} is read only here, and has not num_ctx 1024: leave its contextLength out\n`);
    expect(status).toBe(1);
    expect((await set(null, reader)).stdout).toContain(`${model}: as it is there, read only\n`);
  });

  it("takes another value", async () => {
    expect((await set(1024)).status).toBe(0);
    expect(await client.parameters(model)).toMatch(/^num_ctx +1024$/m);
    expect(await context()).toBe(1024);
    expect((await digests())[pinned]).toBe(hex(registry.digest));
  });

  it("is the server's again when it is taken out", async () => {
    expect((await set(null)).stdout).toContain(`${model}: no parameters of its own\n`);
    expect(await client.parameters(model)).not.toContain("num_ctx");
    expect(await context()).toBe(4096);
    expect(await digests()).toMatchObject(unchanged);
  });

  it("comes back where somebody has removed the model and left its second name", async () => {
    await client.delete(model);
    expect((await set(null)).status).toBe(0);
    expect(await digests()).toMatchObject(unchanged);
  });
});
