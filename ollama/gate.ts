import type { StackConfig } from "../config/schema.ts";
import type { Generation, OllamaClient } from "./client.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import { nameIn } from "./original-name.ts";
import { waitForServer } from "./wait.ts";

/** What a model must do before it counts as served. */
export interface Readiness extends Readonly<StackConfig["readiness"]> {
  readonly model: string;
  /** Expected manifest digest; null accepts any. */
  readonly digest: string | null;
}

/** A step of the gate; answers with what it saw, or throws. */
export interface Step {
  readonly name: string;
  readonly run: (client: OllamaClient, readiness: Readiness, signal: AbortSignal) => Promise<string>;
}

const maxTokens = 48;

/** How fast an answer was generated. */
export function tokensPerSecond({ eval_count: count = 0, eval_duration: nanoseconds = 0 }: Generation): number {
  return nanoseconds === 0 ? 0 : count / (nanoseconds / 1e9);
}

const serverAnswers: Step = {
  name: "server answers",
  run: async (client, { timeout }) => `Ollama ${await waitForServer(client, timeout)}`,
};

const modelIsListed: Step = {
  name: "model is listed",
  run: async (client, { model, digest }, signal) => {
    const listed = await client.tags(signal);
    const actual = listed.find(({ name }) => name === model)?.digest;
    if (actual === undefined) {
      const others = listed.map(({ name }) => name).join(", ");
      throw new Failure(`${model} is not in the model store; it has ${others || "no model"}`);
    }
    const seen = `${model} sha256:${actual}`;
    if (digest === null) return seen;
    const name = nameIn(listed, model, digest);
    if (name === undefined) throw new Failure(`${model} has digest sha256:${actual}, and ${digest} was expected`);
    return name === model ? seen : `${model}, made from ${name} ${digest}`;
  },
};

const modelLoads: Step = {
  name: "model loads",
  run: async (client, { model }, signal) => {
    const started = performance.now();
    await client.load(model, signal);
    return `in ${((performance.now() - started) / 1000).toFixed(1)} s`;
  },
};

const modelGenerates: Step = {
  name: "model generates",
  run: async (client, { model, prompt, pattern, minTokensPerSecond }, signal) => {
    const answer = await client.generate(model, prompt, maxTokens, signal);
    const rate = tokensPerSecond(answer);
    const text = JSON.stringify(answer.response);
    if (!new RegExp(pattern).test(answer.response)) {
      throw new Failure(`the answer to ${JSON.stringify(prompt)} was ${text}, which does not match ${pattern}`);
    }
    if (rate < minTokensPerSecond) {
      throw new Failure(`${rate.toFixed(1)} tokens/s, and readiness.minTokensPerSecond is ${minTokensPerSecond}`);
    }
    return `${text}, ${rate.toFixed(1)} tokens/s`;
  },
};

const gpuHoldsModel: Step = {
  name: "GPU holds the model",
  run: async (client, { model }, signal) => {
    const loaded = (await client.ps(signal)).find((running) => running.name === model);
    if (loaded === undefined) throw new Failure(`${model} is not loaded any more`);
    const share = loaded.size === 0 ? 0 : Math.round((loaded.size_vram / loaded.size) * 100);
    if (loaded.size_vram < loaded.size) {
      throw new Failure(
        `${share} % of ${model} is on the GPU, the rest on the CPU; check the driver and the GPU's free memory`,
      );
    }
    return `${share} %`;
  },
};

/** The steps of the gate for one stack, in order. */
export function gateSteps({ requireGpu }: Readiness): readonly Step[] {
  return [serverAnswers, modelIsListed, modelLoads, modelGenerates, ...(requireGpu ? [gpuHoldsModel] : [])];
}

/**
 * Runs the gate.
 * @param report - called with a line for each step that passed
 * @throws Failure that names the step and what was seen
 */
export async function passGate(
  client: OllamaClient,
  readiness: Readiness,
  report: (line: string) => void,
): Promise<void> {
  const steps = gateSteps(readiness);
  const signal = AbortSignal.timeout(readiness.timeout * 1000);
  for (const [index, { name, run }] of steps.entries()) {
    const place = `${index + 1}/${steps.length} ${name}`;
    try {
      report(`${place}: ${await run(client, readiness, signal)}`);
    } catch (error) {
      const timedOut = signal.aborted && `not within readiness.timeout, ${readiness.timeout} s`;
      throw new Failure(`Readiness gate, step ${place}, failed: ${timedOut || reasonOf(error)}`);
    }
  }
}
