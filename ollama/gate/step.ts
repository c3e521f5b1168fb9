import type { OllamaClient } from "../client.ts";
import type { ModelReadiness } from "../gate.ts";

/** A step of the gate; answers with what it saw, or throws. */
export interface Step {
  readonly name: string;
  /** Model it is about, where it is about one. */
  readonly model?: string;
  readonly run: (client: OllamaClient, signal: AbortSignal) => Promise<string>;
}

/** A step that is the same for every model; what it saw is told after the model's name. */
export interface ModelStep {
  readonly name: string;
  readonly run: (client: OllamaClient, model: ModelReadiness, signal: AbortSignal) => Promise<string>;
}

/** The step for one of the models. */
export function stepOf({ name, run }: ModelStep, model: ModelReadiness): Step {
  return {
    name,
    model: model.model,
    run: async (client, signal) => `${model.model}${await run(client, model, signal)}`,
  };
}
