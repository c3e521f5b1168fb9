import type { Purpose } from "../config/purposes.ts";
import { Failure, reasonOf } from "../support/failure.ts";
import type { OllamaClient } from "./client.ts";
import { modelHears } from "./gate/audio.ts";
import { modelGenerates } from "./gate/chat.ts";
import { modelEmbeds, modelEmbedsBatch, modelTellsMeanings } from "./gate/embedding.ts";
import { modelsStayLoaded } from "./gate/resident.ts";
import { gpuHoldsModel, modelIsListed, modelLoads } from "./gate/serving.ts";
import { stepOf, type ModelStep, type Step } from "./gate/step.ts";
import { modelSees } from "./gate/vision.ts";
import { waitForServer } from "./wait.ts";

export { tokensPerSecond } from "./gate/chat.ts";

/** What one of the models must do before it counts as served. */
export interface ModelReadiness {
  readonly model: string;
  /** Expected manifest digest; null accepts any. */
  readonly digest: string | null;
  readonly for: readonly Purpose[];
  /** Whether it has to be in memory when the gate is done. */
  readonly preload: boolean;
  /** How long it stays in memory without a request; null for the server's time. */
  readonly keepAlive: string | null;
  /** Context of its requests, tokens; null where any is right. */
  readonly contextLength: number | null;
  /** Length of its vectors; null where it has none or it is unknown. */
  readonly vectorLength: number | null;
  /** Whether it has to understand Korean. */
  readonly korean: boolean;
  readonly prompt: string;
  /** Regular expression that the answer to the prompt must match. */
  readonly pattern: string;
  readonly minTokensPerSecond: number;
}

/** What the models of a server must do before it counts as ready. */
export interface Readiness {
  /** Seconds for all steps together. */
  readonly timeout: number;
  /** Whether all of each model must be on a GPU. */
  readonly requireGpu: boolean;
  readonly models: readonly ModelReadiness[];
}

/** What versions with one model kept in the state; the first had another name for the timeout. */
export type EarlierReadiness = Pick<ModelReadiness, "model" | "digest" | "prompt" | "pattern" | "minTokensPerSecond"> &
  Pick<Readiness, "requireGpu"> &
  (Pick<Readiness, "timeout"> | { readonly timeoutSeconds: number });

/** What the state has, in the form of today. */
export function currentReadiness(input: Readiness | EarlierReadiness): Readiness {
  const { requireGpu } = input;
  const timeout = "timeoutSeconds" in input ? input.timeoutSeconds : input.timeout;
  if ("models" in input) return { timeout, requireGpu, models: input.models };
  const { model, digest, prompt, pattern, minTokensPerSecond } = input;
  const unknown = { preload: false, keepAlive: null, contextLength: null, vectorLength: null, korean: false };
  return {
    timeout,
    requireGpu,
    models: [{ model, digest, for: ["chat"], ...unknown, prompt, pattern, minTokensPerSecond }],
  };
}

const purposeSteps: Readonly<Record<Purpose, readonly ModelStep[]>> = {
  chat: [modelGenerates],
  embedding: [modelEmbeds, modelTellsMeanings, modelEmbedsBatch],
  vision: [modelSees],
  audio: [modelHears],
};

function serverAnswers(timeout: number): Step {
  return {
    name: "server answers",
    run: async (client) => `Ollama ${await waitForServer(client, timeout)}`,
  };
}

/** The steps of the gate for one stack, in order. */
export function gateSteps({ models, requireGpu, timeout }: Readiness): readonly Step[] {
  const stepsOf = (model: ModelReadiness) => [
    modelIsListed,
    modelLoads,
    ...model.for.flatMap((purpose) => purposeSteps[purpose]),
    ...(requireGpu ? [gpuHoldsModel] : []),
  ];
  const together = models.length > 1 || models.some(({ preload }) => preload);
  return [
    serverAnswers(timeout),
    ...models.flatMap((model) => stepsOf(model).map((step) => stepOf(step, model))),
    ...(together ? [modelsStayLoaded(models)] : []),
  ];
}

/**
 * Runs the gate.
 * @param report - called with a line for each step that passed
 * @throws Failure that names the step, the model and what was seen
 */
export async function passGate(
  client: OllamaClient,
  readiness: Readiness,
  report: (line: string) => void,
): Promise<void> {
  const steps = gateSteps(readiness);
  const signal = AbortSignal.timeout(readiness.timeout * 1000);
  for (const [index, { name, model, run }] of steps.entries()) {
    const place = `${index + 1}/${steps.length} ${name}`;
    try {
      report(`${place}: ${await run(client, signal)}`);
    } catch (error) {
      const reason = signal.aborted ? `not within readiness.timeout, ${readiness.timeout} s` : reasonOf(error);
      const subject = model === undefined || reason.includes(model) ? "" : `${model}: `;
      throw new Failure(`Readiness gate, step ${place}, failed: ${subject}${reason}`);
    }
  }
}
