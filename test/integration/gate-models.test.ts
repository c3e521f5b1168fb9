import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { OllamaClient } from "../../ollama/client.ts";
import type { ModelReadiness } from "../../ollama/gate.ts";
import { redSquare } from "../../ollama/gate/red-square.ts";
import { tone } from "../../ollama/gate/tone.ts";
import { modelsPath, ollamaUserId } from "../../ollama/server.ts";
import { embeddingModel, model, ollamaImage } from "../support/fixtures.ts";
import { chatReadiness, embeddingReadiness } from "../support/gate-input.ts";
import { Project } from "../support/project.ts";
import { startDeclaredServer, startServer, type TestServer } from "../support/server.ts";
import { must, run } from "../support/shell.ts";
import { uniqueName } from "../support/unique-name.ts";
import { failureOf } from "../unit/support/temp-folder.ts";

const registry = inject("registry");
const volume = uniqueName("gemma-integration-gate-models");
const chat = chatReadiness(registry);
const embedding = embeddingReadiness(registry);

describe("the gate of several models", () => {
  let project: Project;
  /** As the program declares it, with room for one model in memory. */
  let one: TestServer;
  /** With room for both. */
  let two: TestServer;

  beforeAll(async () => {
    project = await Project.create();
    await must("docker", ["volume", "create", volume]);
    await project.command("own-volume.ts", { volume, image: ollamaImage, userId: ollamaUserId });
    one = await startDeclaredServer(volume, ollamaImage);
    const { url, container } = one;
    const models = [chat, embedding].map(({ model: name, digest }) => ({ model: name, digest }));
    const input = { url, container, volume, registry: registry.url, models, prune: false };
    const { status, output } = await project.command("pull-models.ts", input);
    if (status !== 0) throw new Error(output);
    two = await startServer("-v", `${volume}:${modelsPath}:ro`, "-e", "OLLAMA_MAX_LOADED_MODELS=2");
  });

  afterAll(async () => {
    await two[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    await run("docker", ["volume", "rm", "-f", volume]);
    await project.remove();
  });

  const gate = ({ url, container }: TestServer, ...models: readonly ModelReadiness[]) =>
    project.command("gate.ts", { url, container, models, timeout: 120, requireGpu: false });

  /** Lines of the steps, with times, rates and answers as letters. */
  const steps = (stderr: string) =>
    stderr
      .split("\n")
      .filter((line) => /^\d+\/\d+ /.test(line))
      .map((line) => line.replace(/\d+\.\d s$/, "N s").replace(/".*Paris.*", \d+\.\d tokens/, '"…", N tokens'));

  const failed = async (server: TestServer, ...models: readonly ModelReadiness[]): Promise<string> => {
    const { status, stderr, stdout } = await gate(server, ...models);
    expect([status, stdout]).toEqual([1, ""]);
    return stderr.slice(stderr.indexOf("Readiness gate, step")).split("\n")[0] ?? "";
  };

  it("passes with a line for each step of each model, and has those in memory that are preloaded", async () => {
    const kept = { preload: true, keepAlive: "-1s" };
    const { status, stdout, stderr } = await gate(
      two,
      { ...chat, ...kept, contextLength: 4096 },
      { ...embedding, ...kept },
    );
    expect(steps(stderr)).toEqual([
      "1/10 server answers: Ollama 0.33.3",
      `2/10 model is listed: smollm2:135m ${registry.digest}`,
      "3/10 model loads: smollm2:135m in N s",
      '4/10 model generates: smollm2:135m "…", N tokens/s',
      `5/10 model is listed: minilm:22m ${registry.embedding.digest}`,
      "6/10 model loads: minilm:22m in N s",
      "7/10 model embeds: minilm:22m vectors of 384 numbers, norm 1.000",
      "8/10 model tells meanings apart: minilm:22m 0.68 for the same, 0.07 for another",
      "9/10 model embeds a batch: minilm:22m 32 vectors of 384 numbers",
      "10/10 models stay loaded: smollm2:135m (context 4096), minilm:22m (context 512)",
    ]);
    expect(stdout).toBe(`${model}, ${embeddingModel} are ready at ${two.url}\n`);
    expect(status).toBe(0);
  });

  it("has asked for it to be kept for good, which later requests leave as it is", async () => {
    const body = JSON.stringify({ model: embeddingModel, input: "Paris" });
    expect((await fetch(`${two.url}/api/embed`, { method: "POST", body })).status).toBe(200);
    const answer = (await (await fetch(`${two.url}/api/ps`)).json()) as { models: { expires_at: string }[] };
    expect(answer.models.map(({ expires_at: until }) => Number(until.slice(0, 4)) > 2200)).toEqual([true, true]);
  });

  it("loads a preloaded model again where another one has pushed it out", async () => {
    const { stderr, status } = await gate(one, { ...chat, preload: true, keepAlive: "-1s" }, embedding);
    expect(steps(stderr).at(-1)).toBe("10/10 models stay loaded: smollm2:135m (context 8192, loaded again)");
    expect(status).toBe(0);
    expect((await new OllamaClient(one.url).ps()).map(({ name }) => name)).toEqual([model]);
  });

  it("says what is in memory where none is preloaded", async () => {
    const { stderr } = await gate(one, chat, embedding);
    expect(steps(stderr).at(-1)).toBe("10/10 models stay loaded: none has preload; in memory: minilm:22m");
  });

  it("fails where there is no room for all that are preloaded", async () => {
    expect(await failed(one, { ...chat, preload: true }, { ...embedding, preload: true })).toBe(
      "Readiness gate, step 10/10 models stay loaded, failed: smollm2:135m has preload and is not in memory, " +
        "which holds minilm:22m: raise ollama.maxLoadedModels or the memory, or preload fewer models",
    );
  });

  const notFor = (name: string, purpose: string, can: string) =>
    `failed: ${name} is not for ${purpose}: the server says that it can do ${can}; ` +
    "correct its `for` in gemma:models, or name another model";

  const cases: readonly (readonly [string, ModelReadiness, string])[] = [
    [
      "vectors of another length",
      { ...embedding, vectorLength: 768 },
      "4/6 model embeds, failed: minilm:22m gives vectors of 384 numbers, and 768 were expected",
    ],
    [
      "a model that does not know Korean",
      { ...embedding, korean: true },
      "5/6 model tells meanings apart, failed: minilm:22m has a cosine of 0.62 for " +
        '"환불은 어떻게 받나요?" and "돈을 돌려받는 방법을 알려 주세요.", which say the same, and 0.63 for ' +
        '"환불은 어떻게 받나요?" and "회의는 어디에서 하나요?"',
    ],
    [
      "an embedding model that is to chat",
      { ...embedding, for: ["chat"] },
      `3/4 model loads, ${notFor("minilm:22m", "chat", "embedding")}`,
    ],
    [
      "a chat model that is to embed",
      { ...chat, for: ["embedding"] },
      `4/6 model embeds, ${notFor("smollm2:135m", "embedding", "completion")}`,
    ],
    [
      "a chat model that is to see",
      { ...chat, for: ["chat", "vision"] },
      `5/5 model sees, ${notFor("smollm2:135m", "vision", "completion")}`,
    ],
    [
      "a chat model that is to hear",
      { ...chat, for: ["audio"] },
      `4/4 model hears, ${notFor("smollm2:135m", "audio", "completion")}`,
    ],
    [
      "a context that the model does not take",
      { ...embedding, preload: true, contextLength: 4096 },
      "7/7 models stay loaded, failed: minilm:22m is loaded with a context of 512 tokens, and its contextLength is 4096",
    ],
  ];

  it.each(cases)("fails at %s", async (_, readiness, message) => {
    expect(await failed(two, readiness)).toBe(`Readiness gate, step ${message}`);
  });

  it("is told by the server why pictures, sounds and prompts are refused", async () => {
    const client = new OllamaClient(two.url);
    const withoutProjector =
      "/api/generate answered 400: Multimodal data provided, but model does not support multimodal requests.";
    for (const data of [redSquare(), tone()]) {
      const answer = client.generate(model, "What is this?", 4, undefined, { images: [data.toString("base64")] });
      expect(await failureOf(answer)).toBe(withoutProjector);
    }
    expect(await failureOf(client.load(embeddingModel))).toBe(
      '/api/generate answered 400: "minilm:22m" does not support generate',
    );
    expect(await failureOf(client.embed(model, "Paris"))).toBe(
      "/api/embed answered 501: This server does not support embeddings. Start it with `--embeddings`",
    );
  });
});
