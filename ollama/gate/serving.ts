import { embedsAlone } from "../../config/purposes.ts";
import { Failure } from "../../support/failure.ts";
import type { OllamaClient } from "../client.ts";
import type { ModelReadiness } from "../gate.ts";
import { nameIn } from "../original-name.ts";
import { requirePurposes } from "./capabilities.ts";
import type { ModelStep } from "./step.ts";

/** The store has the model, with the digest that is pinned. */
export const modelIsListed: ModelStep = {
  name: "model is listed",
  run: async (client, { model, digest }, signal) => {
    const listed = await client.tags(signal);
    const actual = listed.find(({ name }) => name === model)?.digest;
    if (actual === undefined) {
      const others = listed.map(({ name }) => name).join(", ");
      throw new Failure(`${model} is not in the model store; it has ${others || "no model"}`);
    }
    const seen = ` sha256:${actual}`;
    if (digest === null) return seen;
    const name = nameIn(listed, model, digest);
    if (name === undefined) throw new Failure(`${model} has digest sha256:${actual}, and ${digest} was expected`);
    return name === model ? seen : `, made from ${name} ${digest}`;
  },
};

/** Loads a model in the way that its purposes have, to be kept as long as it says. */
export async function loadModel(
  client: OllamaClient,
  { model, for: purposes, keepAlive }: ModelReadiness,
  signal: AbortSignal,
): Promise<void> {
  // With a time of 0 Ollama unloads where it would load.
  const kept = keepAlive !== null && /[1-9]/.test(keepAlive) ? keepAlive : undefined;
  if (embedsAlone(purposes)) await client.embed(model, "", signal, kept);
  else await client.load(model, signal, kept);
}

/** Ollama loads the model. */
export const modelLoads: ModelStep = {
  name: "model loads",
  run: async (client, model, signal) => {
    const started = performance.now();
    await loadModel(client, model, signal).catch(async (error: unknown) => {
      await requirePurposes(client, model.model, model.for, signal);
      throw error;
    });
    return ` in ${((performance.now() - started) / 1000).toFixed(1)} s`;
  },
};

/** All of the model is on a GPU. */
export const gpuHoldsModel: ModelStep = {
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
    return ` ${share} %`;
  },
};
