import type { ListedModel, OllamaClient } from "./client.ts";
import { originalName } from "../config/model-name.ts";

/**
 * The name under which a listing has a model unchanged, with exactly this digest when there is one to expect.
 * @returns undefined when it does not have it
 */
export function nameIn(listed: readonly ListedModel[], model: string, digest: string | undefined): string | undefined {
  const has = (name: string) =>
    listed.some((entry) => entry.name === name && (digest === undefined || `sha256:${entry.digest}` === digest));
  // Without a digest to tell them apart, the one that is kept unchanged is the one that was pulled.
  const names = digest === undefined ? [originalName(model), model] : [model, originalName(model)];
  return names.find(has);
}

/** As {@link nameIn}, for what a server lists now. */
export async function nameOf(
  client: OllamaClient,
  model: string,
  digest: string | undefined,
): Promise<string | undefined> {
  return nameIn(await client.tags(), model, digest);
}
