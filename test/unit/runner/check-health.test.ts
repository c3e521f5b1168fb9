import { describe, expect, it } from "vitest";
import { bringUp } from "../../../runner/bring-up.ts";
import { checkHealth } from "../../../runner/check-health.ts";
import { currentOutputs, type StackOutputs } from "../../../runner/outputs.ts";
import { StackRun } from "../../../runner/stack-run.ts";
import { fakeDocker } from "../support/fake-docker.ts";
import { fakePulumi, gateStep } from "../support/fake-pulumi.ts";
import { deadUrl, fakeServer, type FakeServer } from "../support/fake-server.ts";
import { chatModel, hex } from "../support/gate-server.ts";
import { writtenTo } from "../support/said.ts";
import { failureOf, tempFolder } from "../support/temp-folder.ts";

/** An Ollama whose model gives an answer. */
function ollama(response = " Paris."): Promise<FakeServer> {
  const answers: Readonly<Record<string, object>> = {
    "/api/version": { version: "0.32.1" },
    "/api/tags": { models: [{ name: "gemma3n:e4b", digest: hex }] },
    "/api/show": { capabilities: ["completion"] },
    "/api/generate": { response, eval_count: 30, eval_duration: 2_000_000_000 },
  };
  return fakeServer(({ path }) => ({ body: answers[path] ?? "" }));
}

const outputsOf = (url: string): StackOutputs => ({
  baseUrl: url,
  models: [{ name: "gemma3n:e4b", digest: `sha256:${hex}`, for: ["chat"] }],
  engine: { endpoint: "unix:///engine.sock", id: "engine-1" },
  readiness: {
    url,
    container: "f".repeat(64),
    timeout: 5,
    requireGpu: false,
    models: [chatModel],
  },
});

/** The same as a version with one model wrote it down, but for the name of the timeout. */
const oneModel = (url: string) => ({
  url,
  container: "f".repeat(64),
  model: "gemma3n:e4b",
  digest: `sha256:${hex}`,
  prompt: "The capital of France is",
  pattern: "Paris",
  minTokensPerSecond: 1,
  requireGpu: false,
});

/** A gateway that answers with a status. */
const gateway = (status = 401) => fakeServer(() => ({ status }));

describe("checkHealth", () => {
  it("has the model answer, and says so", async () => {
    const [stdout] = [writtenTo("stdout"), writtenTo("stderr")];
    const { url } = await ollama();
    await checkHealth(outputsOf(url));
    expect(stdout).toEqual([`gemma3n:e4b is ready at ${url}\n`]);
  });

  it.each([
    ["the first version", { timeoutSeconds: 5 }],
    ["a version with one model", { timeout: 5 }],
  ])("reads what %s wrote down", async (_, timeout) => {
    const [stdout] = [writtenTo("stdout"), writtenTo("stderr")];
    const { url, asked } = await ollama();
    const readiness = { ...oneModel(url), ...timeout } as unknown as StackOutputs["readiness"];
    await checkHealth(currentOutputs({ ...outputsOf(url), readiness }));
    expect(stdout).toEqual([`gemma3n:e4b is ready at ${url}\n`]);
    expect(asked.map(({ path }) => path)).toEqual([
      "/api/version",
      "/api/tags",
      "/api/generate",
      "/api/show",
      "/api/generate",
    ]);
  });

  it("fails with what the model answers instead, and does not ask the gateway", async () => {
    writtenTo("stderr");
    fakeDocker();
    const { url } = await ollama(" Berlin.");
    const door = await gateway();
    const problem = await failureOf(
      checkHealth({ ...outputsOf(url), gatewayStatus: { url: door.url, certificate: null } }),
    );
    expect(problem.split("\n")[0]).toBe(
      "Readiness gate, step 4/4 model generates, failed: gemma3n:e4b: " +
        'the answer to "The capital of France is" was " Berlin.", which does not match Paris',
    );
    expect(door.asked).toEqual([]);
  });

  it("shows that the gateway asks for tokens", async () => {
    const [stdout] = [writtenTo("stdout"), writtenTo("stderr")];
    const { url } = await ollama();
    const door = await gateway();
    await checkHealth({ ...outputsOf(url), gatewayStatus: { url: door.url, certificate: null } });
    expect(stdout).toEqual([`gemma3n:e4b is ready at ${url}\n`, `The gateway asks for tokens at ${door.url}\n`]);
    expect(door.asked.map(({ method, path, headers }) => [method, path, headers.authorization])).toEqual([
      ["GET", "/api/version", undefined],
    ]);
  });

  it("fails when the gateway lets everybody in", async () => {
    writtenTo("stdout");
    writtenTo("stderr");
    const { url } = await ollama();
    const door = await gateway(200);
    const checked = checkHealth({ ...outputsOf(url), gatewayStatus: { url: door.url, certificate: null } });
    expect(await failureOf(checked)).toBe(
      `The gateway at ${door.url} answers a request without a token with 200, not 401`,
    );
  });

  it("fails when the gateway does not answer", async () => {
    writtenTo("stdout");
    writtenTo("stderr");
    const { url } = await ollama();
    const dead = await deadUrl();
    const checked = checkHealth({ ...outputsOf(url), gatewayStatus: { url: dead, certificate: null } });
    expect(await failureOf(checked)).toContain(`The gateway does not answer at ${dead}: `);
  });
});

describe("bringUp", () => {
  /** Brings a stack up whose gate was a step, or not. */
  async function broughtUp(op: string, outputs: StackOutputs) {
    fakeDocker();
    const folder = tempFolder();
    const steps = [[op, gateStep[1], gateStep[2]]] as const;
    const { file } = fakePulumi({ stacks: ["dev"], outputs, steps });
    const environment = { PULUMI_BACKEND_URL: `file://${folder}` };
    return bringUp(await StackRun.open({ pulumi: file, folder, stack: "dev", environment }));
  }

  it("leaves the model alone that has passed its gate on the way", async () => {
    writtenTo("stderr");
    const server = await ollama();
    const outputs = outputsOf(server.url);
    expect(await broughtUp("update", outputs)).toEqual({ outputs, changedNothing: true });
    expect(server.asked).toEqual([]);
  });

  it("has the model answer whose gate was no step", async () => {
    writtenTo("stderr");
    const stdout = writtenTo("stdout");
    const server = await ollama();
    const outputs = outputsOf(server.url);
    expect(await broughtUp("same", outputs)).toEqual({ outputs, changedNothing: true });
    expect(stdout).toEqual([`gemma3n:e4b is ready at ${server.url}\n`]);
  });

  it("fails when that model does not answer", async () => {
    writtenTo("stderr");
    const server = await ollama("");
    expect(await failureOf(broughtUp("same", outputsOf(server.url)))).toContain("which does not match Paris");
  });
});
