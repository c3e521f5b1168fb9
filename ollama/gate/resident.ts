import { modelsText } from "../../config/model-name.ts";
import { Failure } from "../../support/failure.ts";
import type { LoadedModel, OllamaClient } from "../client.ts";
import type { ModelReadiness } from "../gate.ts";
import { loadModel } from "./serving.ts";
import type { Step } from "./step.ts";

/** The models that are preloaded are in memory together, each with its context, when the gate is done. */
export function modelsStayLoaded(models: readonly ModelReadiness[]): Step {
  const preloaded = models.filter(({ preload }) => preload);
  return {
    name: "models stay loaded",
    run: async (client, signal) => {
      const again = await loadMissing(client, preloaded, signal);
      const loaded = await client.ps(signal);
      if (preloaded.length === 0) return `none has preload; in memory: ${modelsText(loaded) || "no model"}`;
      return preloaded.map((model) => resident(model, loaded, again.includes(model))).join(", ");
    },
  };
}

/** Loads those again that the step of another model has pushed out. */
async function loadMissing(
  client: OllamaClient,
  models: readonly ModelReadiness[],
  signal: AbortSignal,
): Promise<readonly ModelReadiness[]> {
  const again: ModelReadiness[] = [];
  for (const model of models) {
    // Asked anew each time, as loading one may push out another.
    if ((await client.ps(signal)).some(({ name }) => name === model.model)) continue;
    await loadModel(client, model, signal);
    again.push(model);
  }
  return again;
}

function resident({ model, contextLength }: ModelReadiness, loaded: readonly LoadedModel[], again: boolean): string {
  const found = loaded.find(({ name }) => name === model);
  if (found === undefined) {
    throw new Failure(
      `${model} has preload and is not in memory, which holds ${modelsText(loaded) || "no model"}: raise ollama.maxLoadedModels or the ` +
        "memory, or preload fewer models",
    );
  }
  const context = found.context_length;
  if (contextLength !== null && context !== undefined && context !== contextLength) {
    throw new Failure(
      `${model} is loaded with a context of ${context} tokens, and its contextLength is ${contextLength}`,
    );
  }
  const details = [context !== undefined && `context ${context}`, again && "loaded again"].filter(Boolean).join(", ");
  return details === "" ? model : `${model} (${details})`;
}
