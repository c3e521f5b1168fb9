import type { Generation, OllamaClient } from "../client.ts";

const maxTokens = 48;

/**
 * Has a model answer in a few tokens at temperature 0, without thinking, which would take them all.
 * @param images - pictures or sounds as base64
 */
export async function answerTo(
  client: OllamaClient,
  model: string,
  prompt: string,
  signal: AbortSignal,
  images?: readonly string[],
): Promise<Generation> {
  const { capabilities = [] } = await client.show(model, signal);
  return client.generate(model, prompt, maxTokens, signal, {
    ...(images && { images }),
    // Ollama may refuse the word for a model that does not think.
    ...(capabilities.includes("thinking") && { think: false }),
  });
}
