import type { ListedModel, OllamaClient } from "./client.ts";
import { modelName } from "./name.ts";

/**
 * Second name under which a model is kept unchanged while its own name carries a thread count.
 *
 * Ollama before 0.30 takes the thread count from a parameter of the model only, which makes a new manifest with another digest.
 */
export function pinnedName(model: string): string {
  const { namespace, model: name, tag } = modelName(model);
  return `pinned/${namespace === "library" ? "" : `${namespace}-`}${name}:${tag}`;
}

/** The name under which a listing has a model with exactly this digest, undefined when it does not have it. */
export function nameIn(listed: readonly ListedModel[], model: string, digest: string | undefined): string | undefined {
  const names = [model, pinnedName(model)];
  return names.find((name) =>
    listed.some((entry) => entry.name === name && (digest === undefined || `sha256:${entry.digest}` === digest)),
  );
}

/** As {@link nameIn}, for what a server lists now. */
export async function nameOf(
  client: OllamaClient,
  model: string,
  digest: string | undefined,
): Promise<string | undefined> {
  return nameIn(await client.tags(), model, digest);
}
