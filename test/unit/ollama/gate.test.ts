import { describe, expect, it } from "vitest";
import { OllamaClient } from "../../../ollama/client.ts";
import { passGate, type Readiness } from "../../../ollama/gate.ts";
import { deadUrl, fakeServer, type FakeServer, type Reply } from "../support/fake-server.ts";
import { failureOf } from "../support/temp-folder.ts";

const hex = "1".repeat(64);
const digest = `sha256:${hex}`;

const readiness: Readiness = {
  model: "gemma3n:e4b",
  digest,
  prompt: "The capital of France is",
  pattern: "Paris",
  timeout: 5,
  minTokensPerSecond: 1,
  requireGpu: true,
};

const generation = { response: " Paris.", eval_count: 30, eval_duration: 2_000_000_000 };

const healthy: Readonly<Record<string, Reply>> = {
  "/api/version": { body: { version: "0.32.1" } },
  "/api/tags": { body: { models: [{ name: "gemma3n:e4b", digest: hex }] } },
  load: { body: {} },
  generate: { body: generation },
  "/api/ps": { body: { models: [{ name: "gemma3n:e4b", size: 1000, size_vram: 1000 }] } },
};

function ollama(change: Readonly<Record<string, Reply>> = {}): Promise<FakeServer> {
  const replies = { ...healthy, ...change };
  return fakeServer(({ path, body }) => {
    const loading = path === "/api/generate" && (body.includes('"prompt"') ? "generate" : "load");
    return replies[loading || path] ?? { status: 404 };
  });
}

async function lines(server: FakeServer, change: Partial<Readiness> = {}): Promise<string[]> {
  const reported: string[] = [];
  await passGate(new OllamaClient(server.url), { ...readiness, ...change }, (line) => reported.push(line));
  return reported.map((line) => line.replace(/in \d+\.\d s$/, "in N s"));
}

async function failure(change: Readonly<Record<string, Reply>>, readinessChange: Partial<Readiness> = {}) {
  return failureOf(lines(await ollama(change), readinessChange));
}

describe("passGate", () => {
  it("reports every step in order", async () => {
    expect(await lines(await ollama())).toEqual([
      "1/5 server answers: Ollama 0.32.1",
      `2/5 model is listed: gemma3n:e4b ${digest}`,
      "3/5 model loads: in N s",
      '4/5 model generates: " Paris.", 15.0 tokens/s',
      "5/5 GPU holds the model: 100 %",
    ]);
  });

  it("leaves the GPU out when none is required", async () => {
    expect(await lines(await ollama(), { requireGpu: false })).toEqual([
      "1/4 server answers: Ollama 0.32.1",
      `2/4 model is listed: gemma3n:e4b ${digest}`,
      "3/4 model loads: in N s",
      '4/4 model generates: " Paris.", 15.0 tokens/s',
    ]);
  });

  it("asks at temperature 0 for 48 tokens at most", async () => {
    const server = await ollama();
    await lines(server);
    const generating = server.asked.find(({ body }) => body.includes('"prompt"'));
    expect(JSON.parse(generating?.body ?? "{}")).toEqual({
      model: "gemma3n:e4b",
      prompt: "The capital of France is",
      stream: false,
      options: { temperature: 0, num_predict: 48 },
    });
  });

  it("names the pinned model that the model was made from", async () => {
    const models = [
      { name: "gemma3n:e4b", digest: "2".repeat(64) },
      { name: "pinned/gemma3n:e4b", digest: hex },
    ];
    const [, listed] = await lines(await ollama({ "/api/tags": { body: { models } } }));
    expect(listed).toBe(`2/5 model is listed: gemma3n:e4b, made from pinned/gemma3n:e4b ${digest}`);
  });

  it("accepts any digest when none is expected", async () => {
    const models = [{ name: "gemma3n:e4b", digest: "2".repeat(64) }];
    const [, listed] = await lines(await ollama({ "/api/tags": { body: { models } } }), { digest: null });
    expect(listed).toBe(`2/5 model is listed: gemma3n:e4b sha256:${"2".repeat(64)}`);
  });
});

const models = (...names: string[]) => ({
  "/api/tags": { body: { models: names.map((name) => ({ name, digest: hex })) } },
});
const answer = (change: object) => ({ generate: { body: { ...generation, ...change } } });
const inMemory = (change: object) => ({
  "/api/ps": { body: { models: [{ name: "gemma3n:e4b", size: 1000, size_vram: 1000, ...change }] } },
});

describe("passGate fails", () => {
  it("at a server that does not answer", async () => {
    const url = await deadUrl();
    const passing = passGate(new OllamaClient(url), { ...readiness, timeout: 0.3 }, () => undefined);
    expect(await failureOf(passing)).toBe(
      `Readiness gate, step 1/5 server answers, failed: The server at ${url} did not answer in 0.3 s: ` +
        `${url}/api/version: connect ECONNREFUSED ${url.replace("http://", "")}`,
    );
  });

  it.each([
    [
      "a missing model",
      models("gemma3n:e2b", "gemma3:4b"),
      "2/5 model is listed, failed: gemma3n:e4b is not in the model store; it has gemma3n:e2b, gemma3:4b",
    ],
    [
      "an empty store",
      { "/api/tags": { body: { models: null } } },
      "2/5 model is listed, failed: gemma3n:e4b is not in the model store; it has no model",
    ],
    [
      "a model with another digest",
      { "/api/tags": { body: { models: [{ name: "gemma3n:e4b", digest: "2".repeat(64) }] } } },
      `2/5 model is listed, failed: gemma3n:e4b has digest sha256:${"2".repeat(64)}, and ${digest} was expected`,
    ],
    [
      "a model that cannot be loaded",
      { load: { status: 500, body: { error: "model requires more system memory" } } },
      "3/5 model loads, failed: /api/generate answered 500: model requires more system memory",
    ],
    [
      "an answer that does not match",
      answer({ response: 'Lyon "" ' }),
      '4/5 model generates, failed: the answer to "The capital of France is" was "Lyon \\"\\" ", which does not match Paris',
    ],
    [
      "a model that is too slow",
      answer({ eval_count: 1, eval_duration: 2_000_000_000 }),
      "4/5 model generates, failed: 0.5 tokens/s, and readiness.minTokensPerSecond is 1",
    ],
    [
      "an answer without figures",
      { generate: { body: { response: "Paris" } } },
      "4/5 model generates, failed: 0.0 tokens/s, and readiness.minTokensPerSecond is 1",
    ],
    [
      "a model that is partly on the GPU",
      inMemory({ size_vram: 400 }),
      "5/5 GPU holds the model, failed: 40 % of gemma3n:e4b is on the GPU, the rest on the CPU; check the driver and " +
        "the GPU's free memory",
    ],
    [
      "a model on the CPU",
      inMemory({ size_vram: 0 }),
      "5/5 GPU holds the model, failed: 0 % of gemma3n:e4b is on the GPU, the rest on the CPU; check the driver and " +
        "the GPU's free memory",
    ],
    [
      "a model that was unloaded",
      inMemory({ name: "gemma3:4b" }),
      "5/5 GPU holds the model, failed: gemma3n:e4b is not loaded any more",
    ],
  ])("at %s", async (_, change, message) => {
    expect(await failure(change)).toBe(`Readiness gate, step ${message}`);
  });

  it.each([
    ["1/5 server answers", "/api/version"],
    ["2/5 model is listed", "/api/tags"],
    ["3/5 model loads", "load"],
    ["4/5 model generates", "generate"],
    ["5/5 GPU holds the model", "/api/ps"],
  ])("within the time limit when step %s hangs", async (step, path) => {
    const late = new Promise<string>((resolve) => setTimeout(resolve, 3000, "no failure in 3 s"));
    const message = await Promise.race([late, failure({ [path]: { silence: true } }, { timeout: 1 })]);
    expect(message).toBe(`Readiness gate, step ${step}, failed: not within readiness.timeout, 1 s`);
  });
});
