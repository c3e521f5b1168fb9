import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import { ollamaUserId } from "../../ollama/server.ts";
import { blobRequests, model, oldOllamaImage, ollamaImage } from "../support/fixtures.ts";
import { chatReadiness } from "../support/gate-input.ts";
import { Project } from "../support/project.ts";
import { startDeclaredServer, type TestServer } from "../support/server.ts";
import { must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-integration-older");

describe("a volume that goes from Ollama 0.17.4 to a newer one and back", () => {
  let project: Project;

  beforeAll(async () => {
    project = await Project.create();
    await must("docker", ["volume", "create", volume]);
    await project.command("own-volume.ts", { volume, image: oldOllamaImage, userId: ollamaUserId });
  });

  afterAll(async () => {
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const steps = ({ url, container }: TestServer) => {
    const known = { model, digest: registry.digest };
    const common = { url, container };
    const readiness = { models: [chatReadiness(registry)], timeout: 120, requireGpu: false };
    return {
      client: new OllamaClient(url),
      pull: (changes: object = {}) =>
        project.command("pull-models.ts", {
          ...{ ...common, volume, registry: registry.url, prune: false },
          models: [{ ...known, ...changes }],
        }),
      setThreads: (threads: number | null, changes: object = {}) =>
        project.command("set-parameters.ts", {
          ...{ ...common, threads },
          models: [{ ...known, contextLength: null, ...changes }],
        }),
      gate: () => project.command("gate.ts", { ...common, ...readiness }),
      log: async () => (await run("docker", ["logs", container])).output,
    };
  };
  const there = `${model} is in the volume ${volume}; nothing to download\n`;
  const byParameter = `${model}: num_thread 1 (Ollama 0.17.4); unchanged under pinned/${model}\n`;
  const none = `${model}: no parameters of its own\n`;

  it("gets its thread count as a parameter of the model, which stays available unchanged", async () => {
    await using server = await startDeclaredServer(volume, oldOllamaImage);
    const { client, pull, setThreads, gate, log } = steps(server);
    expect((await pull()).stderr).toContain(`blobs verified, ${registry.size}`);
    expect((await setThreads(1)).stdout).toBe(byParameter);
    expect(await client.parameters(model)).toMatch(/^num_thread +1$/m);
    expect(await client.digestOf(`pinned/${model}`)).toBe(registry.digest);
    expect((await gate()).stderr).toContain(`${model}, made from pinned/${model} ${registry.digest}\n`);
    expect(await log()).toMatch(/NumThreads:1 /);
  });

  it("takes another count, and Ollama's own choice again", async () => {
    await using server = await startDeclaredServer(volume, oldOllamaImage);
    const { client, pull, setThreads } = steps(server);
    await setThreads(2);
    expect(await client.parameters(model)).toMatch(/^num_thread +2$/m);
    expect((await setThreads(null)).stdout).toBe(`${none}threads: chosen by Ollama\n`);
    expect(await client.digestOf(model)).toBe(registry.digest);

    // Also without a digest to know it by.
    await setThreads(1);
    expect((await pull({ digest: null })).stdout).toBe(`${registry.digest}\n`);
    expect((await setThreads(null, { digest: null })).status).toBe(0);
    expect(await client.digestOf(model)).toBe(registry.digest);
    await setThreads(2);
  });

  it("takes a context of the model's own with it, and leaves out which of them is left out", async () => {
    await using server = await startDeclaredServer(volume, oldOllamaImage);
    const { client, setThreads } = steps(server);
    const { stdout } = await setThreads(2, { contextLength: 1024 });
    expect(stdout).toBe(`${model}: num_ctx 1024, num_thread 2 (Ollama 0.17.4); unchanged under pinned/${model}\n`);
    expect(await client.parameters(model)).toMatch(/^num_ctx +1024$/m);
    expect(await client.parameters(model)).toMatch(/^num_thread +2$/m);
    await setThreads(2);
    expect(await client.parameters(model)).not.toContain("num_ctx");
    expect(await client.parameters(model)).toMatch(/^num_thread +2$/m);
    await setThreads(null, { contextLength: 1024 });
    expect(await client.parameters(model)).toMatch(/^num_ctx +1024$/m);
    expect(await client.parameters(model)).not.toContain("num_thread");
    await setThreads(2);
  });

  it("is refused a context of its own where the models can only be read, whatever the threads are", async () => {
    await using server = await startDeclaredServer(volume, oldOllamaImage, "ro");
    for (const threads of [1, null]) {
      const { status, stderr } = await steps(server).setThreads(threads, { contextLength: 2048 });
      expect(stderr).toBe(`${model} is read only here, and has not num_ctx 2048: leave its contextLength out\n`);
      expect(status).toBe(1);
    }
  });

  it("keeps Ollama's own choice where the models can only be read", async () => {
    await using server = await startDeclaredServer(volume, oldOllamaImage, "ro");
    const { status, stdout } = await steps(server).setThreads(1);
    expect(stdout).toBe(
      `${model}: threads chosen by Ollama; version 0.17.4 takes 1 from the model only, which is read only here: use 0.30 or newer\n`,
    );
    expect(status).toBe(0);
  });

  it("serves the same model on the newer one, with the thread count of the environment alone", async () => {
    const requests = await blobRequests(registry);
    await using server = await startDeclaredServer(volume, ollamaImage);
    const { client, pull, setThreads, gate, log } = steps(server);
    expect(await client.parameters(model)).toMatch(/^num_thread +2$/m);
    expect(await pull()).toMatchObject({ stderr: there, stdout: `${registry.digest}\n`, status: 0 });
    expect((await setThreads(1)).stdout).toBe(`${none}threads: 1, by LLAMA_ARG_THREADS\n`);
    expect(await client.parameters(model)).not.toContain("num_thread");
    expect(await client.digestOf(model)).toBe(registry.digest);
    expect((await gate()).stderr).toContain(`model is listed: ${model} ${registry.digest}\n`);
    expect(await log()).toMatch(/ n_threads = 1$/m);
    expect(await blobRequests(registry)).toBe(requests);
  });

  it("serves it on 0.17.4 again", async () => {
    const requests = await blobRequests(registry);
    await using server = await startDeclaredServer(volume, oldOllamaImage);
    const { client, pull, setThreads, gate, log } = steps(server);
    expect(await pull()).toMatchObject({ stderr: there, stdout: `${registry.digest}\n`, status: 0 });
    expect((await setThreads(1)).stdout).toBe(byParameter);
    expect(await client.digestOf(`pinned/${model}`)).toBe(registry.digest);
    expect((await gate()).status).toBe(0);
    expect(await log()).toMatch(/NumThreads:1 /);
    expect(await blobRequests(registry)).toBe(requests);
  });
});
