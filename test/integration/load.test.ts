import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureLoad, type LoadWork } from "../../operations/measure/measure-load.ts";
import { othersAtServer, type OwnRequests } from "../../operations/measure/other-requests.ts";
import { loadedFacts } from "../../operations/measure/load-subject.ts";
import { creation, creationMount, model } from "../support/fixtures.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { docker } from "../support/shell.ts";

describe("a run under load", () => {
  let ollama: TestServer;

  beforeAll(async () => {
    const variables = ["-e", "LLAMA_ARG_THREADS=1", "-e", "OLLAMA_NUM_PARALLEL=2", "-e", "OLLAMA_CONTEXT_LENGTH=2048"];
    ollama = await startServer("--cpus", "1", ...variables, ...creationMount());
    await docker("exec", ollama.container, "sh", "-ec", creation().join("\n"));
  });

  afterAll(() => ollama[Symbol.asyncDispose]());

  const work = (changes: Partial<LoadWork> = {}): LoadWork => ({
    service: { url: ollama.url },
    question: { path: "/api/generate", model, answerTokens: 8, thinks: false },
    plan: { steps: [1], seconds: 2, prompts: ["short"], answerTokens: 8, slo: { firstToken: 60, tokens: 0.1 } },
    contextLength: 2048,
    sharedPrefix: false,
    own: { client: undefined, underWay: 0, ended: 0 },
    lookForOthers: () => Promise.resolve(undefined),
    force: false,
    ...changes,
  });
  const measure = (changes: Partial<LoadWork> = {}) => measureLoad(work(changes), new AbortController().signal);
  const generate = () =>
    fetch(`${ollama.url}/api/generate`, {
      method: "POST",
      body: JSON.stringify({ model, prompt: "Hi", stream: false, options: { num_predict: 1 } }),
    });

  it("takes each step with as many clients as it says, and answers as long as asked for", async () => {
    const plan = { ...work().plan, seconds: 1, steps: [1, 4], prompts: ["short", "long"] as const };
    const { steps, cut } = await measure({ plan, contextLength: 512 });
    expect(cut).toBeNull();
    expect(
      steps.map(({ prompt, clients, failures, answerTokens }) => [prompt, clients, failures, answerTokens]),
    ).toEqual([
      ["short", 1, {}, 8],
      ["short", 4, {}, 8],
      ["long", 1, {}, 8],
      ["long", 4, {}, 8],
    ]);
    for (const { clients, answers, goodput, requestsPerSecond, firstToken, queue, whole } of steps) {
      expect(answers).toBeGreaterThanOrEqual(clients);
      expect(goodput).toBe(requestsPerSecond);
      const [first, waited, all] = [firstToken?.p50.value, queue?.p50.value, whole?.p50.value].map(Number);
      expect(waited).toBeLessThan(first ?? 0);
      expect(first).toBeLessThan(all ?? 0);
    }
    // Two slots serve four clients, so half of them wait.
    const [alone, four] = steps;
    expect(four?.queue?.p95.value).toBeGreaterThan(Number(alone?.queue?.p50.value) * 3);
    expect(await loadedFacts({ url: ollama.url }, model)).toMatchObject({ gpuBytes: 0, contextLength: 2048 });
  });

  it("is helped by the prompt cache only where prompts begin alike", async () => {
    const [own] = (await measure()).steps;
    const [alike] = (await measure({ sharedPrefix: true })).steps;
    expect(own?.cachedShare).toBeLessThan(0.2);
    expect(alike?.cachedShare).toBeGreaterThan(0.3);
  });

  it("stops for others who come, and keeps the steps from before", { timeout: 120_000 }, async () => {
    const own: OwnRequests = { client: undefined, underWay: 0, ended: 0 };
    const look = othersAtServer(ollama.container, own, 0);
    const plan = { ...work().plan, steps: [1, 2], seconds: 14 };
    let looks = 0;
    const lookForOthers = async () => {
      looks += 1;
      // There are two looks in a step, 5 s from one to the next, so that the first step ends undisturbed.
      if (looks === 3) await (await generate()).arrayBuffer();
      return look();
    };
    const { steps, cut } = await measure({ own, plan, lookForOthers });
    expect(steps.map(({ clients, others }) => [clients, others])).toEqual([[1, false]]);
    expect(cut).toMatch(/^others came to ask \(\d+ requests? more in the server's log than this run has sent\)$/);
  });

  it("goes on beside others where that is wanted, and marks the step", async () => {
    const plan = { ...work().plan, seconds: 6 };
    const { steps, cut } = await measure({ plan, force: true, lookForOthers: () => Promise.resolve("somebody") });
    expect([cut, steps.map(({ others }) => others)]).toEqual([null, [true]]);
  });

  it("counts what fails by its reason, and goes on", async () => {
    let asked = 0;
    const line = { response: "a", done: true, eval_count: 2, prompt_eval_count: 5 };
    const server = createServer((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(asked === 2 ? 429 : 200).end(asked === 3 ? "" : `${JSON.stringify(line)}\n`);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const plan = { ...work().plan, seconds: 2.5 };
    const { steps } = await measure({ service: { url }, plan });
    server.close();
    expect(steps[0]?.failures).toEqual({ "status 429": 1, "the answer ended early": 1 });
    expect(steps[0]?.answers).toBeGreaterThan(0);
  });

  it("fails before its first step where the model does not answer", async () => {
    const question = { ...work().question, model: "no-such-model:1b" };
    await expect(measure({ question })).rejects.toThrow(
      `no-such-model:1b does not answer at ${ollama.url}/api/generate: status 404`,
    );
  });

  it("ends at once when it is interrupted", async () => {
    const controller = new AbortController();
    const running = measureLoad(work({ plan: { ...work().plan, seconds: 600 } }), controller.signal);
    setTimeout(() => {
      controller.abort(new Error("interrupted"));
    }, 1500);
    await expect(running).rejects.toThrow("interrupted");
  });
});
