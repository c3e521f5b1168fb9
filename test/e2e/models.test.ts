import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { blobRequests, embeddingModel, model, ollamaImage } from "../support/fixtures.ts";
import { freePort } from "../support/free-port.ts";
import { Project, type StackConfig } from "../support/project.ts";
import { run } from "../support/shell.ts";
import { smallServer } from "../support/stack.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-e2e-models");
const chat = { name: model, digest: registry.digest };
const embedding = { name: embeddingModel, digest: registry.embedding.digest, for: ["embedding"] };

describe("a stack that pulls a model for chat and one for vectors", () => {
  let project: Project;
  let config: StackConfig;
  let client: OllamaClient;

  const up = async (keys: StackConfig) => {
    await project.writeStack("e2e", { ...config, ...keys });
    return project.up("e2e");
  };
  const listed = async () => (await client.tags()).map(({ name }) => name).sort();

  beforeAll(async () => {
    project = await Project.create();
    const port = await freePort();
    client = new OllamaClient(`http://127.0.0.1:${port}`);
    config = {
      ...smallServer,
      models: [chat, embedding],
      registry: registry.url,
      baseImage: ollamaImage,
      port,
      volume: { name: volume, retainOnDelete: false },
      ollama: { maxLoadedModels: 2 },
    };
    await project.createStack("e2e");
  });

  afterAll(async () => {
    await project.destroy("e2e");
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  it("serves the one that can be had, and says which cannot", async () => {
    const wrong = `sha256:${"0".repeat(64)}`;
    const { status, output } = await up({ models: [{ ...chat, digest: wrong }, embedding] });
    expect(output).toContain("1 of 2 models could not be pulled; the server serves the other 1");
    expect(output).toContain(`has ${model} with digest ${registry.digest}, and ${wrong} was expected`);
    expect(status).not.toBe(0);
    expect(await listed()).toEqual([embeddingModel]);
    const { status: answered } = await fetch(`${client.url}/api/embed`, {
      method: "POST",
      body: JSON.stringify({ model: embeddingModel, input: "hello" }),
    });
    expect(answered).toBe(200);
  });

  it("has both pass the gate, each by what it is for", async () => {
    const { status, output } = await up({});
    expect(output).toContain(`${embeddingModel} is in the volume ${volume}; nothing to download`);
    expect(output).toMatch(/\/\d+ model is listed: smollm2:135m sha256:/);
    expect(output).toMatch(/\/\d+ model generates: smollm2:135m ".*Paris.*", \d+\.\d tokens\/s/);
    expect(output).toMatch(/\/\d+ model is listed: minilm:22m sha256:/);
    expect(output).toMatch(/\/\d+ model embeds: minilm:22m .*384/);
    expect(output).toMatch(/\/\d+ model embeds a batch: minilm:22m .*32/);
    expect(status, output).toBe(0);
    expect(await listed()).toEqual([embeddingModel, model].sort());
  });

  it("tells what it serves, and what each model is for", async () => {
    expect(await project.outputs("e2e")).toMatchObject({
      models: [
        { name: model, digest: registry.digest, for: ["chat"] },
        { name: embeddingModel, digest: registry.embedding.digest, for: ["embedding"] },
      ],
    });
    const { stdout } = await project.run("node", ["commands/clients.ts", "-s", "e2e"]);
    expect(stdout).toContain(`# ${model}: chat\n# ${embeddingModel}: embedding\n`);
    expect(stdout).toContain(`"model":"${embeddingModel}"`);
  });

  it("changes nothing the second time, nor after a refresh", async () => {
    expect((await project.preview("e2e", "--expect-no-changes")).status).toBe(0);
    expect((await project.refresh("e2e")).status).toBe(0);
    const { status, output } = await project.preview("e2e", "--expect-no-changes");
    expect(status, output).toBe(0);
  });

  it("gives a model a context of its own, and takes it back", async () => {
    const { status, output } = await up({ models: [{ ...chat, contextLength: 1024, preload: true }, embedding] });
    expect(status, output).toBe(0);
    expect(output).toContain(`${model}: num_ctx 1024 (Ollama 0.33.3); unchanged under pinned/${model}`);
    const loaded = (await client.ps()).find(({ name }) => name === model);
    expect(loaded).toMatchObject({ context_length: 1024 });
    const back = await up({});
    expect(back.status, back.output).toBe(0);
    expect(await client.parameters(model)).not.toContain("num_ctx");
    expect(await client.digestOf(model)).toBe(registry.digest);
  });

  it("keeps a model in the volume that is taken out of the list, until it is asked to remove it", async () => {
    const kept = await up({ models: [embedding] });
    expect(kept.status, kept.output).toBe(0);
    expect(await listed()).toContain(model);
    const { status, output } = await up({
      models: [embedding],
      volume: { name: volume, retainOnDelete: false, prune: true },
    });
    expect(status, output).toBe(0);
    expect(output).toContain(`${model} was removed from the volume ${volume}`);
    expect(await listed()).toEqual([embeddingModel]);
  });

  it("downloads that one alone when it comes back", async () => {
    const before = await blobRequests(registry);
    const { status, output } = await up({});
    expect(status, output).toBe(0);
    expect(output).toContain(`Pulling ${model} from ${registry.url}: ${registry.size}`);
    expect(await blobRequests(registry)).toBeGreaterThan(before);
    expect(output).not.toContain(`Pulling ${embeddingModel}`);
  });
});
