import type { Purpose } from "../../config/purposes.ts";
import { Failure } from "../../support/failure.ts";
import type { OllamaClient } from "../client.ts";

/** Ollama's words for what a model can be for. */
const capabilities: Readonly<Record<Purpose, string>> = {
  chat: "completion",
  embedding: "embedding",
  vision: "vision",
  audio: "audio",
};

/**
 * Looks into what the server says a model can do; one that does not say it, or not now, is taken to be right.
 * @throws Failure when a purpose is not among it
 */
export async function requirePurposes(
  client: OllamaClient,
  model: string,
  purposes: readonly Purpose[],
  signal: AbortSignal,
): Promise<void> {
  const shown = await client.show(model, signal).catch(() => undefined);
  const able = shown?.capabilities;
  const lacking = able && purposes.find((purpose) => !able.includes(capabilities[purpose]));
  if (lacking === undefined) return;
  throw new Failure(
    `${model} is not for ${lacking}: the server says that it can do ${able?.join(", ") ?? ""}; ` +
      "correct its `for` in gemma:models, or name another model",
  );
}
